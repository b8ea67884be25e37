-- One row per integration, account, meter and month with metered units.
with
    usage as (select * from {{ ref("stg_telemetry__api_usage_daily") }}),

    run as (select as_of from {{ source("quality", "run") }}),

    final as (
        select
            usage.integration_id,
            usage.account_id,
            usage.meter,
            {{ month_start("usage.usage_on") }} as month,
            cast(
                sum({{ scaled_integer("usage.units") }}) as {{ wide_integer() }}
            ) as unit_billionths
        from usage
        cross join run
        where usage.meter is not null and usage.units > 0 and usage.usage_on <= run.as_of
        group by
            usage.integration_id, usage.account_id, usage.meter, {{ month_start("usage.usage_on") }}
    )

select *
from final

-- One row: the settings of the checks in force on the as-of date.
{{ config(materialized="view") }}

with
    run as (select as_of from {{ source("quality", "run") }}),

    final as (
        select
            {{ setting_value("leakage_tolerance_cents", "bigint") }} as tolerance_cents,
            {{ setting_value("orphan_usage_days", "integer") }} as orphan_usage_days,
            {{ setting_value("referral_maximum_refund_rate", "decimal(28, 9)") }}
            as maximum_refund_rate,
            {{ setting_value("referrals_a_day", "integer") }} as referrals_a_day
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    )

select *
from final

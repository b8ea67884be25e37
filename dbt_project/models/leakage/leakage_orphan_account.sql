-- One row per install that called the API in the last days of policy: its metered units of the
-- running month, where its account has no subscription that would bill them.
with
    run as (
        select as_of, {{ date_plus_days("as_of", 1) }} as as_of_end
        from {{ source("quality", "run") }}
    ),

    settings as (select * from {{ ref("int_leakage__settings") }}),

    usage as (select * from {{ ref("stg_telemetry__api_usage_daily") }}),

    installs as (select * from {{ ref("stg_telemetry__installs") }}),

    integrations as (select * from {{ ref("stg_telemetry__integrations") }}),

    subscriptions as (
        select *
        from {{ ref("stg_billing__subscriptions") }}
        where ended_on is null or started_on < ended_on
    ),

    partners as (select * from {{ ref("stg_crm__partners") }}),

    metered as (select * from {{ ref("int_leakage__metered") }}),

    prices as (select * from {{ ref("int_leakage__unit_prices") }}),

    calling as (
        select
            usage.integration_id,
            usage.account_id,
            max(usage.usage_on) as last_called_on,
            cast(sum(usage.calls) as bigint) as calls
        from usage
        cross join run
        cross join settings
        where
            usage.usage_on <= run.as_of
            and usage.usage_on > {{ date_plus_days("run.as_of", "-settings.orphan_usage_days") }}
            and usage.calls > 0
        group by usage.integration_id, usage.account_id
    ),

    -- Of several installs of one integration at one account the latest makes the calls.
    called as (
        select
            installs.install_id,
            calling.integration_id,
            calling.account_id,
            calling.last_called_on,
            calling.calls
        from calling
        cross join run
        inner join
            installs
            on calling.integration_id = installs.integration_id
            and calling.account_id = installs.account_id
            and installs.installed_at < cast(run.as_of_end as timestamp)
        qualify
            row_number() over (
                partition by calling.integration_id, calling.account_id
                order by installs.installed_at desc, installs.install_id
            )
            = 1
    ),

    held as (
        select
            subscriptions.account_id,
            bool_or(
                subscriptions.ended_on is null or subscriptions.ended_on > run.as_of
            ) as has_subscription
        from subscriptions
        cross join run
        where
            subscriptions.started_on <= run.as_of
            and (
                subscriptions.ended_on is null
                or subscriptions.ended_on > {{ month_start("run.as_of") }}
            )
        group by subscriptions.account_id
    ),

    -- A closed month's units are those of unbilled_usage.
    worth as (
        select
            metered.integration_id,
            metered.account_id,
            prices.priced_on,
            prices.currency,
            cast(
                sum(
                    {{
                        divide_half_away(
                            "metered.unit_billionths * "
                            ~ scaled_integer("prices.unit_price")
                            ~ " * "
                            ~ minor_units_per_unit("prices.minor_unit_digits"),
                            "1000000000000000000",
                        )
                    }}
                ) as bigint
            ) as amount_cents
        from metered
        cross join run
        inner join prices on metered.meter = prices.meter and metered.month = prices.month
        where
            metered.month = {{ month_start("run.as_of") }}
            and {{ date_plus_months("metered.month", 1) }} > run.as_of_end
        group by metered.integration_id, metered.account_id, prices.priced_on, prices.currency
    ),

    converted as (
        select
            worth.integration_id,
            worth.account_id,
            cast(sum({{ converted_cents("worth", "amount_cents") }}) as bigint) as amount_cents
        from worth {{ conversion_joins("worth", "worth.priced_on") }}
        group by worth.integration_id, worth.account_id
    ),

    judged as (
        select
            called.*,
            {{ known_partner() }} as partner_id,
            held.account_id is null as is_without_month,
            not coalesce(held.has_subscription, false) as is_without_subscription,
            coalesce(partners.status = 'offboarded', false) as is_offboarded
        from called
        left join held on called.account_id = held.account_id
        left join integrations on called.integration_id = integrations.integration_id
        left join partners on integrations.partner_id = partners.partner_id
    ),

    leakage_orphan_account as (
        select
            'orphan_account' as check_key,
            'install' as entity_type,
            judged.install_id as entity_id,
            cast(null as date) as period,
            judged.partner_id,
            judged.account_id,
            judged.is_without_subscription or judged.is_offboarded as is_leak,
            case when judged.is_without_month then converted.amount_cents end as amount_cents,
            case
                when judged.is_without_subscription or judged.is_offboarded
                then
                    {{ with_thousands("judged.calls") }}
                    || case when judged.calls = 1 then ' call, on ' else ' calls, the last on ' end
                    || {{ spoken_date("judged.last_called_on") }}
                    || ', '
                    || case
                        when judged.is_without_subscription and judged.is_offboarded
                        then 'without an active subscription, by an offboarded partner'
                        when judged.is_offboarded
                        then 'by an offboarded partner'
                        else 'without an active subscription'
                    end
            end as evidence
        from judged
        left join
            converted
            on judged.integration_id = converted.integration_id
            and judged.account_id = converted.account_id
    )

select *
from leakage_orphan_account

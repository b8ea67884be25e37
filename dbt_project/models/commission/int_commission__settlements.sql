-- One row per partner, deal (of rebates, fiscal year), family of kinds and currency: what was
-- earned
-- against what was paid.
with
    run as (select as_of from {{ source("quality", "run") }}),

    tolerance as (
        select {{ setting_value("leakage_tolerance_cents", "bigint") }} as tolerance_cents
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    ),

    source as (
        select is_present
        from {{ source("quality", "entities") }}
        where system = 'billing' and entity = 'payouts'
    ),

    accruals as (select * from {{ ref("fct_commission_accrual") }} where settlement_id is not null),

    payouts as (select * from {{ ref("fct_payout") }} where settlement_id is not null),

    earned as (
        select
            accruals.settlement_id,
            max(accruals.partner_id) as partner_id,
            max(accruals.opportunity_id) as opportunity_id,
            max(accruals.family) as family,
            max(accruals.currency) as currency,
            max(
                case when accruals.kind = 'volume_rebate' then accruals.accrued_on end
            ) as fiscal_year_end,
            {{ sum_cents("case when accruals.kind <> 'clawback' then accruals.amount_cents end") }}
            as accrued_cents,
            {{
                sum_cents(
                    "case when accruals.kind <> 'clawback' then accruals.amount_reporting_cents end"
                )
            }} as accrued_reporting_cents,
            -{{ sum_cents("case when accruals.kind = 'clawback' then accruals.amount_cents end") }}
            as clawback_cents,
            -{{
                sum_cents(
                    "case when accruals.kind = 'clawback' and accruals.payable_on <= run.as_of"
                    ~ " then accruals.amount_cents end"
                )
            }} as payable_clawback_cents,
            {{
                sum_cents(
                    "case when accruals.payable_on <= run.as_of then accruals.amount_cents end"
                )
            }} as due_cents,
            {{ sum_cents("case when accruals.kind <> 'clawback' then accruals.base_cents end") }}
            as base_cents,
            max(case when accruals.kind <> 'clawback' then accruals.rate end) as rate,
            max(accruals.rate_source) as rate_source,
            min(
                case when accruals.kind <> 'clawback' then accruals.payable_on end
            ) as first_payable_on,
            max(
                case when accruals.payable_on <= run.as_of then accruals.payable_on end
            ) as last_payable_on,
            bool_or(accruals.amount_cents is null) as is_unknown,
            bool_or(accruals.amount_reporting_cents is null) as is_unconverted
        from accruals
        cross join run
        group by accruals.settlement_id
    ),

    paid as (
        select
            settlement_id,
            max(partner_id) as partner_id,
            max(opportunity_id) as opportunity_id,
            max(family) as family,
            max(currency) as currency,
            {{ sum_cents("amount_cents") }} as paid_cents,
            {{ sum_cents("case when is_disputed then amount_cents end") }} as disputed_cents,
            max(paid_on) as last_paid_on
        from payouts
        group by settlement_id
    ),

    joined as (
        select
            coalesce(earned.settlement_id, paid.settlement_id) as settlement_id,
            coalesce(earned.partner_id, paid.partner_id) as partner_id,
            case
                when coalesce(earned.family, paid.family) <> 'rebate'
                then coalesce(earned.opportunity_id, paid.opportunity_id)
            end as opportunity_id,
            earned.fiscal_year_end,
            coalesce(earned.family, paid.family) as family,
            coalesce(earned.currency, paid.currency) as currency,
            earned.settlement_id is not null as has_accrual,
            coalesce(earned.is_unknown, false) or not source.is_present as is_unknown,
            {% for column in [
                "accrued_cents",
                "clawback_cents",
                "payable_clawback_cents",
                "due_cents",
                "base_cents",
            ] %}
                coalesce(earned.{{ column }}, 0) as {{ column }},
            {% endfor %}
            case
                when not coalesce(earned.is_unconverted, true) then earned.accrued_reporting_cents
            end as accrued_reporting_cents,
            coalesce(paid.paid_cents, 0) as paid_cents,
            coalesce(paid.disputed_cents, 0) as disputed_cents,
            earned.rate,
            earned.rate_source,
            earned.first_payable_on,
            earned.last_payable_on,
            paid.last_paid_on
        from earned
        full outer join paid on earned.settlement_id = paid.settlement_id
        cross join source
    ),

    -- What was earned is not known in full: then nobody can say that too much or too little was
    -- paid.
    final as (
        select
            joined.*,
            -- What was taken back beyond what was ever paid is nothing a partner earned.
            case
                when not joined.is_unknown
                then greatest(joined.due_cents - greatest(joined.paid_cents, 0), 0)
                else 0
            end as underpaid_cents,
            -- Refunds may leave less than nothing earned: what was never paid cannot be too much.
            case
                when
                    not joined.is_unknown
                    and joined.paid_cents - greatest(joined.accrued_cents, 0)
                    > tolerance.tolerance_cents
                then joined.paid_cents - greatest(joined.accrued_cents, 0)
                else 0
            end as overpaid_cents,
            case
                when not joined.is_unknown
                then
                    greatest(
                        least(joined.paid_cents, joined.accrued_cents)
                        - (joined.accrued_cents - joined.payable_clawback_cents),
                        0
                    )
                else 0
            end as clawback_outstanding_cents
        from joined
        cross join tolerance
    )

select *
from final

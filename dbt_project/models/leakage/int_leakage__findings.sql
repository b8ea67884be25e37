-- One row per entity and check: the leakage models, stacked.
{{ config(materialized="view") }}

{% set checks = [
    "unbilled_usage",
    "uninvoiced_subscription",
    "underbilled_price",
    "orphan_account",
    "over_granted_access",
    "payout_without_attribution",
    "overpaid_payout",
    "clawback_due",
    "expired_registration_paid",
    "contract_rate_mismatch",
    "paid_but_open",
    "referral_fraud",
] %}

-- Checks that may know an entity and not what they need of it.
{% set partly_blind = ["overpaid_payout", "clawback_due", "expired_registration_paid"] %}

{% for check in checks %}
    select
        check_key,
        entity_type,
        entity_id,
        period,
        partner_id,
        account_id,
        is_leak,
        amount_cents,
        evidence,
        {{ "lacks" if check in partly_blind else "cast(null as string) as lacks" }}
    from {{ ref("leakage_" ~ check) }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}

{#- What counts in a check of each payout: one row per payout some cents of which do. -#}
{% macro counted_of_payouts(check) %}
    select
        payout_id,
        settlement_id,
        cast(sum(part_cents) as bigint) as counted_cents,
        cast(sum(part_reporting_cents) as bigint) as counted_reporting_cents,
        count(*) > count(part_reporting_cents) as is_unconverted
    from {{ ref("int_leakage__payout_claims") }}
    where check_key = '{{ check }}'
    group by payout_id, settlement_id
{% endmacro %}

{#- That as the amount of a finding: 0 where earlier checks have all of it, null without a rate. -#}
{% macro counted_cents() -%}
    case when counted.is_unconverted then null else coalesce(counted.counted_reporting_cents, 0) end
{%- endmacro %}

{#- A web address or domain, as two that lead to one site agree. -#}
{% macro web_domain(address) -%}
    nullif(
        regexp_replace(
            regexp_replace(lower(trim({{ address }})), '^([a-z]+://)?(www[.])?', ''),
            '[/?#:].*$',
            ''
        ),
        ''
    )
{%- endmacro %}

{#- base × rate, rounded half away from zero to whole minor units; exact. -#}
{% macro rated_cents(base_cents, rate) -%}
    {{
        round_to_cents(
            "cast(" ~ base_cents ~ " as decimal(19, 0)) * cast(" ~ rate ~ " as decimal(10, 9))"
        )
    }}
{%- endmacro %}

{#- A rate of the policy or a contract as it is paid: an influenced deal earns only a share of it. -#}
{% macro earned_rate(rate, is_sourced, influenced_rate_share) -%}
    case
        when {{ is_sourced }}
        then cast({{ rate }} as decimal(28, 9))
        else
            cast(
                round(
                    cast({{ rate }} as decimal(10, 9))
                    * cast({{ influenced_rate_share }} as decimal(10, 9)),
                    9
                ) as decimal(28, 9)
            )
    end
{%- endmacro %}

{#- Kinds that say what a discount was worth: it is in the net line already, and nobody is paid it. -#}
{% macro is_memo_kind(kind) -%}
    {{ kind }} in ('reseller_margin', 'registered_margin', 'oem_discount')
{%- endmacro %}

{#- What settles against what: accruals of these kinds, or payouts of those; null where nothing does. -#}
{% macro accrual_family(kind) -%}
    case
        when {{ kind }} in ('first_year', 'banded')
        then 'commission'
        when {{ kind }} = 'revenue_share'
        then 'revenue_share'
        when {{ kind }} = 'volume_rebate'
        then 'rebate'
    end
{%- endmacro %}

{% macro payout_family(kind) -%}
    case
        when {{ kind }} in ('commission', 'referral_fee')
        then 'commission'
        when {{ kind }} in ('revenue_share', 'rebate')
        then {{ kind }}
    end
{%- endmacro %}

{#- Key of a settlement; `subject` is the deal, of a rebate the last day of the fiscal year. -#}
{% macro settlement_key(partner_id, subject, family, currency) -%}
    {{ partner_id }}
    || '|'
    || coalesce({{ subject }}, '')
    || '|'
    || {{ family }}
    || '|'
    || {{ currency }}
{%- endmacro %}

{#- The first day of the fiscal year a day is in. -#}
{% macro fiscal_year_start(on_date, shift) -%}
    {{
        date_plus_months(
            "date_trunc('year', " ~ date_plus_months(on_date, "-" ~ shift) ~ ")", shift
        )
    }}
{%- endmacro %}

{#- The last day of the fiscal year a day is in. -#}
{% macro fiscal_year_end(on_date, shift) -%}
    {{ date_plus_days(date_plus_months(fiscal_year_start(on_date, shift), 12), -1) }}
{%- endmacro %}

{#- What of an amount lies within a band, in minor units; wants the bounds as `lower_cents` and `upper_cents`. -#}
{% macro within_band(band, cents) -%}
    greatest(
        least({{ cents }}, coalesce({{ band }}.upper_cents, {{ cents }})) - {{ band }}.lower_cents,
        0
    )
{%- endmacro %}

{#- Bounds of a table of bands in minor units of the reporting currency, joined as `reporting`. -#}
{% macro bound_cents(bound) -%}
    {{ to_minor_units(bound, "reporting.minor_unit_digits") }}
{%- endmacro %}

{#- A sum of minor units as bigint; 0 where there is nothing to add. -#}
{% macro sum_cents(cents) -%} cast(coalesce(sum({{ cents }}), 0) as bigint) {%- endmacro %}

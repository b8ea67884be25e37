-- One row per opportunity.
{# A source without the flags says it by the stage, and at the least by a close date. #}
{% set is_closed -%}
    coalesce(
        source.is_closed,
        case when source.is_won then true end,
        stages.phase in ('won', 'lost'),
        source.closed_at is not null
    )
{%- endset %}
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__opportunities"), "opportunity_id", updated_at="updated_at"
            )
        }}
    ),

    stages as (
        select lower(opportunity_stages.stage) as stage, opportunity_stages.phase
        from {{ ref("opportunity_stages") }} as opportunity_stages
        cross join {{ source("quality", "run") }} as run
        where {{ is_in_force("opportunity_stages", "run.as_of") }}
    ),

    renamed as (
        select
            -- ids
            source.opportunity_id,
            source.account_id,

            -- texts
            source.opportunity_name,
            source.opportunity_type,
            source.stage,
            stages.phase,
            {{ money_currency("source.currency") }} as currency,
            source.owner,
            source.lead_source,

            -- numerics
            {{ money_cents("source.amount") }} as amount_cents,
            {{ money_cents("source.list_amount") }} as list_amount_cents,

            -- booleans
            {{ is_closed }} as is_closed,
            {{ is_closed }} and coalesce(source.is_won, stages.phase = 'won', false) as is_won,

            -- timestamps
            source.created_at,
            source.expected_close_on,
            source.qualified_at,
            case when {{ is_closed }} then source.closed_at end as closed_at,
            source.updated_at
        from source
        left join
            stages on lower(trim(source.stage)) = stages.stage {{ money_joins("source.currency") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "amount_cents") }} as amount_reporting_cents,
            {{ converted_cents("renamed", "list_amount_cents") }} as list_amount_reporting_cents,
            {{ conversion_status("renamed", "amount_cents") }} as conversion_status
        from
            renamed
            {{
                conversion_joins(
                    "renamed", "cast(coalesce(renamed.closed_at, renamed.created_at) as date)"
                )
            }}
    )

select *
from converted

-- One row per opportunity.
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
        where
            opportunity_stages.valid_from <= run.as_of
            and (opportunity_stages.valid_to is null or run.as_of < opportunity_stages.valid_to)
    ),

    -- A source without the flags says it by the stage, and at the least by a close date.
    phased as (
        select
            source.*,
            stages.phase,
            coalesce(
                source.is_closed,
                case when source.is_won then true end,
                stages.phase in ('won', 'lost'),
                source.closed_at is not null
            ) as is_over
        from source
        left join stages on lower(trim(source.stage)) = stages.stage
    ),

    renamed as (
        select
            -- ids
            phased.opportunity_id,
            phased.account_id,

            -- texts
            phased.opportunity_name,
            phased.opportunity_type,
            phased.stage,
            phased.phase,
            {{ money_currency("phased.currency") }} as currency,
            phased.owner,
            phased.lead_source,

            -- numerics
            {{ money_cents("phased.amount") }} as amount_cents,
            {{ money_cents("phased.list_amount") }} as list_amount_cents,

            -- booleans
            phased.is_over as is_closed,
            phased.is_over and coalesce(phased.is_won, phased.phase = 'won', false) as is_won,

            -- timestamps
            phased.created_at,
            phased.expected_close_on,
            phased.qualified_at,
            case when phased.is_over then phased.closed_at end as closed_at,
            phased.updated_at
        from phased {{ money_joins("phased.currency") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "amount_cents") }} as amount_reporting_cents,
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

-- One row per registration that matches an opportunity.
with
    claims as (select * from {{ ref("int_registration__claims") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }}),

    spans as (
        select * from {{ ref("int_registration__spans") }} where is_valid and opportunity_id is null
    ),

    named as (
        select claims.registration_id, claims.opportunity_id
        from claims
        inner join opportunities on claims.opportunity_id = opportunities.opportunity_id
    ),

    -- A registration that names no deal takes the first one of its account created while it was
    -- valid.
    first_created as (
        select spans.registration_id, opportunities.opportunity_id
        from spans
        inner join
            opportunities
            on spans.account_id = opportunities.account_id
            and spans.from_at <= opportunities.created_at
            and opportunities.created_at < spans.until_at
        qualify
            row_number() over (
                partition by spans.registration_id
                order by opportunities.created_at, opportunities.opportunity_id
            )
            = 1
    ),

    final as (
        select *
        from named
        union all
        select *
        from first_created
    )

select *
from final

-- One row per opportunity, partner and span in which the open deal counts as the partner's
-- pipeline.
with
    opportunities as (
        select *
        from {{ ref("int_attribution__opportunities") }}
        where not is_closed or closed_at is not null
    ),

    outcomes as (select * from {{ ref("int_attribution__outcome_spans") }}),

    registered as (
        select
            matches.opportunity_id,
            spans.partner_id,
            greatest(spans.from_at, spans.approved_at) as from_at,
            spans.until_at
        from {{ ref("int_registration__matches") }} as matches
        inner join
            {{ ref("int_registration__spans") }} as spans
            on matches.registration_id = spans.registration_id
        where spans.is_valid
    ),

    claimed as (
        select opportunity_id, partner_id, since_at as from_at, until_at
        from outcomes
        union all
        select opportunity_id, partner_id, from_at, until_at
        from registered
    ),

    -- While the deal was open; a claim without an end lasts as long as the deal does.
    open_claims as (
        select distinct
            claimed.opportunity_id,
            claimed.partner_id,
            greatest(claimed.from_at, opportunities.created_at) as from_at,
            case
                when opportunities.closed_at < claimed.until_at or claimed.until_at is null
                then opportunities.closed_at
                else claimed.until_at
            end as until_at
        from claimed
        inner join opportunities on claimed.opportunity_id = opportunities.opportunity_id
    ),

    reaching as (
        select
            open_claims.*,
            max(coalesce(until_at, {{ end_of_time() }})) over (
                partition by opportunity_id, partner_id
                order by from_at, until_at nulls last
                rows between unbounded preceding and 1 preceding
            ) as reached_at
        from open_claims
        where until_at is null or from_at < until_at
    ),

    numbered as (
        select
            reaching.*,
            sum(case when from_at <= reached_at then 0 else 1 end) over (
                partition by opportunity_id, partner_id
                order by from_at, until_at nulls last
                rows between unbounded preceding and current row
            ) as island
        from reaching
    ),

    united as (
        select
            opportunity_id,
            partner_id,
            min(from_at) as from_at,
            nullif(max(coalesce(until_at, {{ end_of_time() }})), {{ end_of_time() }}) as until_at
        from numbered
        group by opportunity_id, partner_id, island
    ),

    final as (
        select
            united.opportunity_id,
            united.partner_id,
            opportunities.amount_reporting_cents,
            united.from_at,
            united.until_at
        from united
        inner join opportunities on united.opportunity_id = opportunities.opportunity_id
    )

select *
from final

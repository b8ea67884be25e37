-- One row per request for market development funds.
with
    run as (select as_of from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    approvals as (select * from {{ ref("mdf_approvals") }}),

    -- What is dated after the run has not happened yet. Funds are not carried over: what is neither
    -- spent nor claimed by the end of its fiscal year is gone.
    requests as (
        select
            requests.request_id,
            {{ known_partner() }} as partner_id,
            requests.activity_type,
            requests.requested_on,
            {{ fiscal_quarter_start("requests.requested_on", "calendar.fiscal_shift") }}
            as quarter_start,
            case
                when requests.approved_on <= run.as_of then requests.approved_on
            end as approved_on,
            case when requests.claimed_on <= run.as_of then requests.claimed_on end as claimed_on,
            nullif(replace(lower(trim(requests.approver_role)), ' ', '_'), '') as approver_role,
            requests.amount_reporting_cents as amount_cents,
            requests.spent_reporting_cents as spent_cents,
            requests.pipeline_reporting_cents as pipeline_cents,
            requests.leads,
            {{ fiscal_year_end("requests.requested_on", "calendar.fiscal_shift") }}
            <= run.as_of as is_year_over,
            run.as_of
        from {{ ref("stg_crm__mdf_requests") }} as requests
        cross join run
        cross join calendar
        left join partners on requests.partner_id = partners.partner_id
        where requests.requested_on <= run.as_of
    ),

    -- Judged on the day of the approval; what still waits, today.
    dated as (
        select requests.*, coalesce(requests.approved_on, requests.as_of) as judged_on from requests
    ),

    tiered as (
        select dated.*, tier_spans.tier
        from dated
        left join
            tier_spans
            on dated.partner_id = tier_spans.partner_id
            and tier_spans.from_at <= cast(dated.judged_on as timestamp)
            and (
                tier_spans.until_at is null
                or cast(dated.judged_on as timestamp) < tier_spans.until_at
            )
    ),

    -- The rows of the tier go before those of any, whatever amounts those speak of.
    needed as (
        select tiered.request_id, approvals.approver_role, approvals.rank
        from tiered
        cross join {{ ref("int_currency__reporting") }} as reporting
        inner join
            approvals
            on approvals.tier in (tiered.tier, 'any')
            and {{ is_in_force("approvals", "tiered.judged_on") }}
            and {{ to_minor_units("approvals.from_amount", "reporting.minor_unit_digits") }}
            <= tiered.amount_cents
        qualify
            row_number() over (
                partition by tiered.request_id
                order by
                    case when approvals.tier = 'any' then 1 else 0 end, approvals.from_amount desc
            )
            = 1
    ),

    approvers as (
        select tiered.request_id, max(approvals.rank) as rank
        from tiered
        inner join
            approvals
            on tiered.approver_role = lower(approvals.approver_role)
            and {{ is_in_force("approvals", "tiered.judged_on") }}
        group by tiered.request_id
    ),

    final as (
        select
            tiered.request_id,
            tiered.partner_id,
            tiered.activity_type,
            tiered.requested_on,
            tiered.quarter_start,
            tiered.tier,
            tiered.amount_cents,
            tiered.approved_on,
            tiered.approver_role,
            needed.approver_role as needed_role,
            -- Whom nobody names cannot be judged; a role the policy does not know may approve
            -- nothing.
            case
                when tiered.approved_on is not null and tiered.approver_role is not null
                then
                    case
                        when needed.rank is not null
                        then coalesce(approvers.rank >= needed.rank, false)
                    end
            end as is_approved_by_rule,
            tiered.spent_cents,
            tiered.claimed_on,
            tiered.pipeline_cents,
            tiered.leads,
            case
                when tiered.claimed_on is not null
                then 'claimed'
                when tiered.spent_cents > 0
                then 'spent'
                when tiered.is_year_over
                then 'expired'
                when tiered.approved_on is not null
                then 'approved'
                else 'requested'
            end as state
        from tiered
        left join needed on tiered.request_id = needed.request_id
        left join approvers on tiered.request_id = approvers.request_id
    )

select *
from final

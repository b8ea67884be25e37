-- One row per business review, as of the run.
with
    run as (
        select as_of, as_of_end, cast(as_of_end as date) as end_day
        from {{ source("quality", "run") }}
    ),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    -- What is dated after the run has not happened yet.
    reviews as (
        select
            reviews.review_id,
            reviews.partner_id as named_partner_id,
            {{ known_partner() }} as partner_id,
            reviews.scheduled_at,
            cast(reviews.scheduled_at as date) as scheduled_on,
            case when reviews.held_at < run.as_of_end then reviews.held_at end as held_at,
            {{ review_state("reviews", "run.as_of_end") }} as state,
            case
                when reviews.pre_read_sent_at < run.as_of_end then reviews.pre_read_sent_at
            end as pre_read_sent_at,
            reviews.attendees
        from {{ ref("stg_crm__business_reviews") }} as reviews
        cross join run
        left join partners on reviews.partner_id = partners.partner_id
    ),

    -- A review keeps the hours of the day it is scheduled for.
    hours as (
        select days.scheduled_on, {{ setting_value("pre_read_hours", "integer") }} as pre_read_hours
        from (select distinct scheduled_on from reviews) as days
        inner join
            {{ ref("settings") }} as settings on {{ is_in_force("settings", "days.scheduled_on") }}
        group by days.scheduled_on
    ),

    notice as (
        select {{ setting_value("pre_read_notice_days", "integer") }} as pre_read_notice_days
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    ),

    -- The entry written last counts.
    sent_by_hand as (
        select review_id, decided_at, decided_by
        from {{ source("programme", "review_events") }}
        where event = 'pre_read_sent'
        qualify row_number() over (partition by review_id order by event_id desc) = 1
    ),

    open_items as (
        select review_id, count(*) as items
        from {{ ref("fct_review_item") }}
        where is_open
        group by review_id
    ),

    dated as (
        select
            reviews.*,
            {{ timestamp_plus_hours("reviews.scheduled_at", "-hours.pre_read_hours") }}
            as pre_read_due_at,
            coalesce(reviews.pre_read_sent_at, sent_by_hand.decided_at) as sent_at,
            case
                when reviews.pre_read_sent_at is null then sent_by_hand.decided_by
            end as pre_read_sent_by
        from reviews
        left join hours on reviews.scheduled_on = hours.scheduled_on
        left join sent_by_hand on reviews.review_id = sent_by_hand.review_id
    ),

    final as (
        select
            dated.review_id,
            dated.partner_id,
            dated.scheduled_at,
            dated.held_at,
            dated.state,
            dated.pre_read_due_at,
            dated.sent_at as pre_read_sent_at,
            dated.pre_read_sent_by,
            case
                when coalesce(dated.sent_at <= dated.pre_read_due_at, dated.sent_at is not null)
                then 'sent'
                when dated.sent_at is not null
                then 'sent_late'
                when dated.state <> 'upcoming'
                then 'not_sent'
                when dated.pre_read_due_at < run.as_of_end
                then 'overdue'
                when
                    dated.pre_read_due_at
                    < {{ timestamp_plus_days("run.as_of_end", "notice.pre_read_notice_days") }}
                then 'due'
                else 'upcoming'
            end as pre_read_state,
            dated.attendees,
            lag(dated.review_id) over by_partner as previous_review_id,
            lead(dated.review_id) over by_partner as next_review_id,
            coalesce(open_items.items, 0) as open_items
        from dated
        cross join run
        cross join notice
        left join open_items on dated.review_id = open_items.review_id
        window
            by_partner as (
                partition by dated.named_partner_id order by dated.scheduled_at, dated.review_id
            )
    )

select *
from final

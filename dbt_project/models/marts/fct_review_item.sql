-- One row per item of a business review.
with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    items as (select * from {{ ref("stg_crm__review_items") }}),

    reviews as (
        select
            reviews.review_id,
            reviews.partner_id,
            reviews.scheduled_at,
            {{ review_state("reviews", "run.as_of_end") }} as state
        from {{ ref("stg_crm__business_reviews") }} as reviews
        cross join run
    ),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    rules as (
        select
            {{ setting_value("closed_item_statuses", dbt.type_string()) }} as closed_item_statuses
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    ),

    -- Of what people made of an item the entry written last counts.
    made_of_it as (
        select item_id, event, decided_by, decided_at, note
        from {{ source("programme", "review_events") }}
        where item_id is not null
        qualify row_number() over (partition by item_id order by event_id desc) = 1
    ),

    upcoming as (
        select partner_id, review_id, scheduled_at
        from reviews
        where state = 'upcoming'
        qualify row_number() over (partition by partner_id order by scheduled_at, review_id) = 1
    ),

    judged as (
        select
            items.*,
            {{ known_partner() }} as partner_id,
            reviews.partner_id as named_partner_id,
            reviews.scheduled_at,
            made_of_it.event as ledger_state,
            made_of_it.decided_by,
            made_of_it.decided_at,
            made_of_it.note,
            -- A win asks nothing of anybody.
            items.kind <> 'win'
            and coalesce(made_of_it.event <> 'done', true)
            and not coalesce(
                {{ has_word("rules.closed_item_statuses", "lower(trim(items.status))") }}, false
            ) as is_open
        from items
        cross join rules
        left join reviews on items.review_id = reviews.review_id
        left join partners on reviews.partner_id = partners.partner_id
        left join made_of_it on items.item_id = made_of_it.item_id
    ),

    -- What belongs to the next review itself, or to one after it, is carried nowhere.
    final as (
        select
            judged.item_id,
            judged.review_id,
            judged.partner_id,
            judged.kind,
            judged.text,
            judged.owner_side,
            judged.due_on,
            judged.status,
            judged.is_open,
            judged.is_open and coalesce(judged.due_on <= run.as_of, false) as is_overdue,
            case
                when judged.is_open and coalesce(judged.ledger_state <> 'left_out', true)
                then upcoming.review_id
            end as carried_to_review_id,
            judged.ledger_state,
            judged.decided_by,
            judged.decided_at,
            judged.note
        from judged
        cross join run
        left join
            upcoming
            on judged.named_partner_id = upcoming.partner_id
            and judged.scheduled_at < upcoming.scheduled_at
    )

select *
from final

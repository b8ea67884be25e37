-- One row per project and stretch of time in which it is live.
with
    projects as (select * from {{ ref("int_delivery__projects") }} where went_live_on is not null),

    billing as (
        select not is_present as is_absent
        from {{ source("quality", "entities") }}
        where system = 'billing' and entity = 'subscriptions'
    ),

    subscriptions as (
        select
            account_id,
            cast(started_on as timestamp) as from_at,
            cast(ended_on as timestamp) as until_at
        from {{ ref("stg_billing__subscriptions") }}
    ),

    held as ({{ standing_spans("subscriptions", ["account_id"], []) }}),

    final as (
        select
            projects.project_id,
            projects.partner_id,
            projects.account_id,
            projects.went_live_on,
            greatest(cast(projects.went_live_on as timestamp), held.from_at) as from_at,
            held.until_at
        from projects
        inner join
            held
            on projects.account_id = held.account_id
            and (held.until_at is null or projects.went_live_on < held.until_at)
        union all
        select
            projects.project_id,
            projects.partner_id,
            projects.account_id,
            projects.went_live_on,
            cast(projects.went_live_on as timestamp),
            cast(null as timestamp)
        from projects
        inner join billing on billing.is_absent and not projects.is_cancelled
    )

select *
from final

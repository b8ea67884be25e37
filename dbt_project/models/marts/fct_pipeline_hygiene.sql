-- One row per open opportunity and partner who sources or influences it.
{% set fields = [
    ("account", "account_id", "opportunities.account_id is null", "account"),
    ("amount", "amount", "opportunities.amount_cents is null", "amount"),
    (
        "expected_close",
        "expected_close_on",
        "opportunities.expected_close_on is null",
        "expected close",
    ),
    ("owner", "owner", "coalesce(trim(opportunities.owner), '') = ''", "owner"),
    ("stage", "stage", "coalesce(trim(opportunities.stage), '') = ''", "stage"),
    ("type", "opportunity_type", "opportunities.opportunity_type is null", "type"),
] %}
with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    outcomes as (
        select opportunity_id, partner_id, outcome
        from {{ ref("fct_attribution_outcome") }}
        where outcome in ('sourced', 'influenced') and not is_closed
    ),

    rules as (
        select
            {{ setting_value("stuck_deal_days", "integer") }} as stuck_deal_days,
            {{ setting_value("required_deal_fields", dbt.type_string()) }} as required_fields
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    ),

    -- A column the extract does not have is missing from no deal.
    unknowable as (
        select coalesce({{ join_sorted("column_name", " ") }}, '') as fields
        from {{ source("quality", "columns") }}
        where system = 'crm' and entity = 'opportunities' and state in ('absent', 'vanished')
    ),

    -- Without the extract of touches nobody can say that a deal stands still.
    touch_source as (
        select count(*) > 0 as is_present
        from {{ source("quality", "entities") }}
        where system = 'crm' and entity = 'opportunity_touches' and is_present
    ),

    touched as (
        select
            touches.opportunity_id,
            {{ known_partner() }} as partner_id,
            cast(max(touches.touched_at) as date) as last_touched_on
        from {{ ref("stg_crm__opportunity_touches") }} as touches
        cross join run
        left join partners on touches.partner_id = partners.partner_id
        where touches.touched_at < run.as_of_end
        group by touches.opportunity_id, {{ known_partner() }}
    ),

    final as (
        select
            outcomes.opportunity_id,
            outcomes.partner_id,
            opportunities.opportunity_name,
            opportunities.account_id,
            opportunities.amount_reporting_cents,
            opportunities.stage,
            opportunities.phase,
            cast(opportunities.created_at as date) as created_on,
            opportunities.expected_close_on,
            cast(
                {{ days_between("opportunities.created_at", "run.as_of") }} as integer
            ) as days_open,
            touched.last_touched_on,
            nullif(
                concat_ws(
                    ', '
                    {% for field, column, is_missing, words in fields %}
                        ,
                        case
                            when
                                {{ has_word("rules.required_fields", "'" ~ field ~ "'") }}
                                and not {{ has_word("unknowable.fields", "'" ~ column ~ "'") }}
                                and {{ is_missing }}
                            then '{{ words }}'
                        end
                    {% endfor %}
                ),
                ''
            ) as missing_fields,
            case
                when touch_source.is_present
                then
                    {{
                        days_between(
                            "greatest(cast(opportunities.created_at as date), "
                            ~ "coalesce(touched.last_touched_on, cast(opportunities.created_at as date)))",
                            "run.as_of",
                        )
                    }}
                    > rules.stuck_deal_days
            end as is_stuck,
            coalesce(opportunities.expected_close_on <= run.as_of, false) as is_overdue,
            outcomes.outcome
        from outcomes
        inner join opportunities on outcomes.opportunity_id = opportunities.opportunity_id
        cross join run
        cross join rules
        cross join unknowable
        cross join touch_source
        left join
            touched
            on outcomes.opportunity_id = touched.opportunity_id
            and outcomes.partner_id = touched.partner_id
    )

select *
from final

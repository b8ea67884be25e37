-- One row per entity and leakage check made of it, and one per check that knows no entity and
-- cannot tell.
{% set finding_id = dbt.hash(
    "check_key || '|' || entity_type || '|' || entity_id || '|' || coalesce(cast(period as "
    ~ dbt.type_string()
    ~ "), '')"
) %}
with
    run as (select as_of from {{ source("quality", "run") }}),

    checks as (select * from {{ ref("int_leakage__checks") }}),

    findings as (select * from {{ ref("int_leakage__findings") }}),

    first_seen as (select * from {{ source("programme", "first_seen_findings") }}),

    -- What somebody made of a finding is what was said of it last.
    states as (
        select *
        from {{ source("programme", "finding_states") }}
        qualify row_number() over (partition by finding_id order by entry_id desc) = 1
    ),

    judged as (
        select
            findings.check_key,
            findings.entity_type,
            findings.entity_id,
            findings.period,
            findings.partner_id,
            findings.account_id,
            case
                when checks.is_blocked or findings.lacks is not null
                then 'cannot_tell'
                when findings.is_leak
                then 'leak'
                else 'clear'
            end as state,
            findings.amount_cents,
            findings.evidence,
            coalesce(checks.missing_sources, findings.lacks) as missing_sources
        from findings
        inner join checks on findings.check_key = checks.check_key
    ),

    -- A check that is blind and was to look at nothing it knows still says so, once.
    blind as (
        select
            checks.check_key,
            'extract' as entity_type,
            checks.first_missing_source as entity_id,
            cast(null as date) as period,
            cast(null as string) as partner_id,
            cast(null as string) as account_id,
            'cannot_tell' as state,
            cast(null as bigint) as amount_cents,
            cast(null as string) as evidence,
            checks.missing_sources
        from checks
        left join
            (select distinct check_key from findings) as looked_at
            on checks.check_key = looked_at.check_key
        where checks.is_blocked and looked_at.check_key is null
    ),

    stacked as (
        select *
        from judged
        union all
        select *
        from blind
    ),

    named as (select *, {{ finding_id }} as finding_id from stacked),

    -- A run for an earlier day has seen a leak no later than on that day.
    final as (
        select
            named.finding_id,
            named.check_key,
            named.partner_id,
            named.account_id,
            named.entity_type,
            named.entity_id,
            named.period,
            named.state,
            case
                when named.state = 'leak' then coalesce(named.amount_cents, 0) else 0
            end as amount_cents,
            named.state = 'leak' and named.amount_cents is not null as has_amount,
            case when named.state = 'leak' then named.evidence end as evidence,
            named.missing_sources,
            case
                when named.state = 'leak'
                then least(coalesce(first_seen.first_seen_on, run.as_of), run.as_of)
            end as first_seen_on,
            case
                when named.state <> 'leak'
                then null
                when states.state in ('acknowledged', 'resolved')
                then states.state
                else 'open'
            end as finding_state,
            case when named.state = 'leak' then states.decided_by end as decided_by,
            case when named.state = 'leak' then states.decided_at end as decided_at,
            case when named.state = 'leak' then states.note end as note
        from named
        cross join run
        left join first_seen on named.finding_id = first_seen.finding_id
        left join states on named.finding_id = states.finding_id
    )

select *
from final

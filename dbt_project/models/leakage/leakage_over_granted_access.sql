-- One row per access grant active at the end of the as-of date: in excess or not, as the metric
-- excess_access counts it.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    evidence as (
        select *
        from {{ ref("int_evidence__grants") }}
        where
            metric_key = 'excess_access'
            and rules_from = (select max(rules_from) from {{ ref("int_evidence__grants") }})
    ),

    grants as (select * from {{ ref("stg_telemetry__access_grants") }}),

    contracts as (
        select * from {{ ref("int_partner__contract_spans") }} where granted_scopes is not null
    ),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    -- What stands at an end stood the instant before it.
    standing as (
        select evidence.entity_id as grant_id, evidence.numerator = 1 as is_excess
        from evidence
        cross join run
        where
            evidence.from_at < run.as_of_end
            and (evidence.until_at is null or run.as_of_end <= evidence.until_at)
    ),

    covered as (
        select distinct grants.grant_id
        from grants
        cross join run
        inner join
            contracts
            on grants.partner_id = contracts.partner_id
            and {{ has_word("contracts.granted_scopes", "grants.scope") }}
            and contracts.from_at < run.as_of_end
            and (contracts.until_at is null or run.as_of_end <= contracts.until_at)
    ),

    leakage_over_granted_access as (
        select
            'over_granted_access' as check_key,
            'access_grant' as entity_type,
            standing.grant_id as entity_id,
            cast(null as date) as period,
            {{ known_partner() }} as partner_id,
            grants.account_id,
            standing.is_excess as is_leak,
            cast(null as bigint) as amount_cents,
            case
                when standing.is_excess
                then
                    'scope '
                    || grants.scope
                    || case
                        when covered.grant_id is null
                        then ' is outside the contracts in force'
                        when grants.last_used_at is null
                        then
                            ' was granted on '
                            || {{ spoken_date("grants.granted_at") }}
                            || ' and never used'
                        else ' was last used on ' || {{ spoken_date("grants.last_used_at") }}
                    end
            end as evidence
        from standing
        inner join grants on standing.grant_id = grants.grant_id
        left join covered on standing.grant_id = covered.grant_id
        left join partners on grants.partner_id = partners.partner_id
    )

select *
from leakage_over_granted_access

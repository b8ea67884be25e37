-- One row per access grant, set of scoring rules and span in which it was active and needed, or
-- active in excess.
with
    rules as (
        select rules_from, unused_grant_days
        from {{ ref("int_scoring_rules") }}
        where rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    contracts as (
        select * from {{ ref("int_partner__contract_spans") }} where granted_scopes is not null
    ),

    grants as (
        select
            grants.grant_id,
            grants.partner_id,
            grants.scope,
            rules.rules_from,
            grants.granted_at as from_at,
            least(grants.revoked_at, grants.expires_at) as until_at,
            {{
                timestamp_plus_days(
                    "coalesce(grants.last_used_at, grants.granted_at)", "rules.unused_grant_days"
                )
            }} as unused_from_at
        from {{ ref("stg_telemetry__access_grants") }} as grants
        cross join rules
    ),

    -- While a contract covers the scope and the grant is used.
    spans as (
        select grant_id, partner_id, rules_from, from_at, until_at, 0 as covers
        from grants
        union all
        select
            grants.grant_id,
            grants.partner_id,
            grants.rules_from,
            greatest(grants.from_at, contracts.from_at),
            least(grants.until_at, grants.unused_from_at, contracts.until_at),
            1
        from grants
        inner join
            contracts
            on grants.partner_id = contracts.partner_id
            and {{ has_word("contracts.granted_scopes", "grants.scope") }}
    ),

    standing as (
        {{ standing_spans("spans", ["grant_id", "partner_id", "rules_from"], ["covers"]) }}
    ),

    final as (
        select
            'excess_access' as metric_key,
            partner_id,
            rules_from,
            'telemetry.access_grants' as entity,
            grant_id as entity_id,
            false as is_event,
            from_at as happened_at,
            from_at,
            until_at,
            case when covers > 0 then 0 else 1 end as numerator,
            1 as denominator,
            cast(null as bigint) as amount_cents
        from standing
    )

select *
from final

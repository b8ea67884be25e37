-- One row per partner and period the metric applies to: active grants outside its contracts'
-- scopes or unused ÷ active grants.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'excess_access' and is_applicable
    ),

    rules as (
        select rules_from, unused_grant_days
        from {{ ref("int_scoring_rules") }}
        where rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    contracts as (
        select partner_id, granted_scopes, from_at, until_at
        from {{ ref("int_partner__contract_spans") }}
        where granted_scopes is not null
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
    covered as (
        select
            grants.grant_id,
            grants.partner_id,
            grants.rules_from,
            greatest(grants.from_at, contracts.from_at) as from_at,
            least(grants.until_at, grants.unused_from_at, contracts.until_at) as until_at
        from grants
        inner join
            contracts
            on grants.partner_id = contracts.partner_id
            and {{ has_word("contracts.granted_scopes", "grants.scope") }}
    ),

    -- Contracts that overlap or touch cover a grant once.
    begun as (
        select
            *,
            case
                when
                    from_at <= max(until_at) over (
                        partition by grant_id, rules_from
                        order by from_at, until_at
                        rows between unbounded preceding and 1 preceding
                    )
                then 0
                else 1
            end as is_begun
        from covered
        where from_at < until_at
    ),

    numbered as (
        select
            *,
            sum(is_begun) over (
                partition by grant_id, rules_from
                order by from_at, until_at
                rows between unbounded preceding and current row
            ) as island
        from begun
    ),

    -- unused_from_at ends every span, so that until_at is never null here.
    spans as (
        select partner_id, rules_from, from_at, until_at, 1 as grants, 1 as excess
        from grants
        union all
        select partner_id, rules_from, min(from_at), max(until_at), 0, -1
        from numbered
        group by partner_id, rules_from, grant_id, island
    ),

    events as ({{ changes_of("spans", ["grants", "excess"], by=["partner_id", "rules_from"]) }}),

    totals as (
        {{
            trailing_totals(
                "events", "windows", ["excess", "grants"], by=["partner_id", "rules_from"]
            )
        }}
    ),

    metric_excess_access as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'excess_access' as metric_key,
            excess as numerator,
            grants as denominator,
            cast(grants as bigint) as sample_size,
            {{ decimal_ratio("excess", "grants") }} as value
        from totals
    )

select *
from metric_excess_access

-- One row per check made on the as-of date.
with
    run as (select as_of from {{ source("quality", "run") }}),

    checks as (select * from {{ ref("leakage_checks") }}),

    entities as (
        select system || '.' || entity as source, is_present
        from {{ source("quality", "entities") }}
    ),

    -- Rates are missed where there is something to convert.
    conversions as (select count(*) > 0 as are_missing from {{ ref("fct_unconverted_amount") }}),

    sources as (
        select
            needed.subject,
            needed.valid_from,
            needed.source,
            needed.source || case
                when not needed.is_missing
                then ' is stale'
                when entities.is_present
                then ' lacks a column'
                else ' is missing'
            end as words
        from {{ ref("int_metric_sources") }} as needed
        inner join entities on needed.source = entities.source
        cross join conversions
        where
            (needed.is_missing or needed.is_stale)
            and (needed.source <> 'billing.fx_rates' or conversions.are_missing)
    ),

    final as (
        select
            checks.check_key,
            checks.rank,
            count(sources.source) > 0 as is_blocked,
            min(sources.source) as first_missing_source,
            {{ join_sorted("sources.words", "; ") }} as missing_sources
        from checks
        cross join run
        left join
            sources
            on 'leakage.' || checks.check_key = sources.subject
            and checks.valid_from = sources.valid_from
        where {{ is_in_force("checks", "run.as_of") }}
        group by checks.check_key, checks.rank
    )

select *
from final

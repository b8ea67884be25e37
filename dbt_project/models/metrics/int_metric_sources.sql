-- One row per metric or scorecard figure, version of its policy, and extract it needs.
with
    entities as (
        select system || '.' || entity as source, not is_present as is_absent, is_stale
        from {{ source("quality", "entities") }}
    ),

    absent_columns as (
        select
            system || '.' || entity as source,
            system || '.' || entity || '.' || column_name as source_column
        from {{ source("quality", "columns") }}
        where state in ('absent', 'vanished')
    ),

    subjects as (
        select metric_key as subject, valid_from, requires
        from {{ ref("metrics") }}
        union all
        select figure, valid_from, requires
        from {{ ref("scorecard_figures") }}
    ),

    -- A required column brings its extract along.
    needs as (
        select subjects.subject, subjects.valid_from, subjects.requires, entities.*
        from subjects
        inner join
            entities
            on {{ has_word("subjects.requires", "entities.source") }}
            or position(' ' || entities.source || '.' in ' ' || subjects.requires) > 0
    ),

    final as (
        select
            needs.subject,
            needs.valid_from,
            needs.source,
            needs.is_absent or count(absent_columns.source_column) > 0 as is_missing,
            not needs.is_absent and coalesce(needs.is_stale, false) as is_stale
        from needs
        left join
            absent_columns
            on needs.source = absent_columns.source
            and {{ has_word("needs.requires", "absent_columns.source_column") }}
        group by needs.subject, needs.valid_from, needs.source, needs.is_absent, needs.is_stale
    )

select *
from final

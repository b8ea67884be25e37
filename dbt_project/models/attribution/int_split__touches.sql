-- One row per touch that a won opportunity is split by in any of the models.
with
    deals as (select * from {{ ref("int_split__deals") }}),

    partners as (select * from {{ ref("int_split__partners") }}),

    touches as (
        select *
        from {{ ref("fct_opportunity_touch") }}
        where excluded_because is null or is_in_role_split
    ),

    placed as (
        select
            deals.deal_number,
            partners.partner_number,
            touches.touched_at,
            touches.excluded_because is null as is_in_line,
            case when touches.is_in_role_split then touches.role end as role,
            row_number() over (
                partition by deals.deal_number, touches.excluded_because is null
                order by touches.touched_at, touches.touch_id
            ) as place
        from touches
        inner join deals on touches.opportunity_id = deals.opportunity_id
        inner join partners on touches.partner_id = partners.partner_id
    ),

    lines as (
        select deal_number, count(*) as touches, max(touched_at) as last_touched_at
        from placed
        where is_in_line
        group by deal_number
    ),

    -- A touch that has a role alone stands in no line.
    final as (
        select
            placed.deal_number,
            placed.partner_number,
            placed.role,
            case when placed.is_in_line then placed.place end as place,
            lines.touches,
            case
                when placed.is_in_line
                then {{ seconds_between("placed.touched_at", "lines.last_touched_at") }}
            end as seconds_before_last
        from placed
        left join lines on placed.deal_number = lines.deal_number
    )

select *
from final

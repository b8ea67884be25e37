-- One row per partner and period that ends after the partner signed.
with
    partners as (select * from {{ ref("stg_crm__partners") }}),

    periods as (select * from {{ ref("int_periods") }}),

    archetypes as (select * from {{ ref("archetypes") }}),

    final as (
        select
            partners.partner_id,
            archetypes.archetype,
            archetypes.revenue_basis,
            archetypes.registers_deals,
            periods.period_kind,
            periods.period_start,
            periods.period_end,
            periods.last_day,
            periods.rules_from
        from partners
        inner join periods on partners.signed_on is null or partners.signed_on < periods.period_end
        inner join
            archetypes
            on partners.partner_type = archetypes.partner_type
            and {{ is_in_force("archetypes", "periods.last_day") }}
    )

select *
from final

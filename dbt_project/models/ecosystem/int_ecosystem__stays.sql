-- One row per partner that is no prospect: from when until when it could be in the programme.
{{ config(materialized="view") }}

with
    partners as (select * from {{ ref("stg_crm__partners") }}),

    exits as (
        select partner_id, min(effective_on) as left_on
        from {{ source("programme", "decisions") }}
        where verdict = 'approved' and action = 'exit'
        group by partner_id
    ),

    -- The source dates no leaving: whoever is offboarded left when its row last changed, if not
    -- before by decision.
    final as (
        select
            partners.partner_id,
            coalesce(partners.signed_on, cast({{ beginning_of_time() }} as date)) as from_on,
            least(
                exits.left_on,
                case
                    when partners.status = 'offboarded'
                    then
                        coalesce(
                            cast(partners.updated_at as date),
                            cast({{ beginning_of_time() }} as date)
                        )
                end
            ) as left_on
        from partners
        left join exits on partners.partner_id = exits.partner_id
        where partners.status is null or partners.status <> 'prospect'
    )

select *
from final

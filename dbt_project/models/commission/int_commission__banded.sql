-- One row per won deal of a partner whose type is paid by bands: what the deal earns of them.
with
    -- Bands pay for a first year: a renewal neither earns of them nor fills them.
    deals as (
        select *
        from {{ ref("int_commission__deals") }}
        where {{ has_first_year("opportunity_type") }}
    ),

    run as (select as_of from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    bands as (
        select
            bands.partner_type,
            bands.rate,
            {{ bound_cents("bands.lower_bound") }} as lower_cents,
            {{ bound_cents("bands.upper_bound") }} as upper_cents,
            bands.valid_from,
            bands.valid_to
        from {{ ref("commission_bands") }} as bands
        cross join reporting
    ),

    -- The volume of a fiscal year grows deal by deal; an amount without a rate does not add to it.
    running as (
        select
            deals.opportunity_id,
            deals.partner_id,
            deals.partner_type,
            deals.is_sourced,
            deals.influenced_rate_share,
            deals.amount_cents,
            deals.closed_on,
            coalesce(deals.amount_reporting_cents, 0) as added_cents,
            cast(
                sum(coalesce(deals.amount_reporting_cents, 0)) over (
                    partition by
                        deals.partner_id,
                        {{ fiscal_year_end("deals.closed_on", "calendar.fiscal_shift") }}
                    order by deals.closed_at, deals.opportunity_id
                    rows between unbounded preceding and current row
                ) as bigint
            ) as volume_cents
        from deals
        cross join calendar
        where deals.partner_type in (select partner_type from bands)
    ),

    -- What each band holds of the deal, and whether the volume before the deal stood in it.
    portions as (
        select
            running.*,
            {{ earned_rate("bands.rate", "running.is_sourced", "running.influenced_rate_share") }}
            as earned_rate,
            {{ within_band("bands", "running.volume_cents") }}
            - {{ within_band("bands", "running.volume_cents - running.added_cents") }}
            as portion_cents,
            bands.lower_cents <= greatest(running.volume_cents - running.added_cents, 0)
            and coalesce(
                greatest(running.volume_cents - running.added_cents, 0) < bands.upper_cents, true
            ) as is_reached
        from running
        inner join
            bands
            on running.partner_type = bands.partner_type
            and {{ is_in_force("bands", "running.closed_on") }}
    ),

    weighed as (
        select
            opportunity_id,
            partner_id,
            max(amount_cents) as amount_cents,
            max(added_cents) as added_cents,
            sum({{ scaled_integer("earned_rate") }} * portion_cents) as weighted,
            max(case when is_reached then earned_rate end) as reached_rate
        from portions
        group by opportunity_id, partner_id
    ),

    -- Bands are in the reporting currency: a deal in another earns their mean rate on its own
    -- amount.
    final as (
        select
            opportunity_id,
            partner_id,
            cast(
                case
                    when added_cents = 0
                    then coalesce(reached_rate, 0)
                    else
                        cast({{ divide_half_away("weighted", "added_cents") }} as decimal(18, 0))
                        * cast(0.000000001 as decimal(10, 9))
                end as decimal(28, 9)
            ) as rate,
            case
                when added_cents = 0
                then {{ rated_cents("amount_cents", "coalesce(reached_rate, 0)") }}
                else
                    cast(
                        {{
                            divide_half_away(
                                "cast(amount_cents as "
                                ~ wide_integer()
                                ~ ") * cast(weighted as "
                                ~ wide_integer()
                                ~ ")",
                                "cast(added_cents as " ~ wide_integer() ~ ") * 1000000000",
                            )
                        }} as bigint
                    )
            end as earned_cents
        from weighed
    )

select *
from final

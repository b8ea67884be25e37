-- One row per won opportunity and partner whose credit depends on the model.
{% set models = split_models() %}
with
    credits as (select * from {{ ref("fct_attribution") }} where partner_id <> 'unattributed'),

    opportunities as (
        select opportunity_id, amount_reporting_cents from {{ ref("dim_opportunity") }}
    ),

    -- A model that gives a partner nothing has no row of it.
    side_by_side as (
        select
            opportunity_id,
            partner_id,
            max(closed_on) as closed_on
            {% for model in models %}
                ,
                coalesce(
                    max(case when model = '{{ model }}' then credit_share end), 0
                ) as {{ model }}_share,
                sum(
                    case when model = '{{ model }}' then credit_cents else 0 end
                ) as {{ model }}_cents
            {% endfor %}
        from credits
        group by opportunity_id, partner_id
    ),

    -- Of models that say the same the first is named.
    ranged as (
        select
            side_by_side.*,
            {% for side, end in [("lowest", "least"), ("highest", "greatest")] %}
                case
                    {{ end }} (
                        {% for model in models %}
                            {{ model }}_share {% if not loop.last %}, {% endif %}
                        {% endfor %}
                    )
                    {% for model in models %}
                        when {{ model }}_share then {{ loop.index }}
                    {% endfor %}
                end as {{ side }}_number
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from side_by_side
    ),

    named as (
        select
            ranged.opportunity_id,
            ranged.partner_id,
            ranged.closed_on,
            opportunities.amount_reporting_cents as amount_cents
            {% for side in ["lowest", "highest"] %}
                {% for suffix, type in [
                    ("model", dbt.type_string()),
                    ("share", "decimal(18, 12)"),
                    ("cents", "bigint"),
                ] %}
                    ,
                    cast(
                        case
                            ranged.{{ side }}_number
                            {% for model in models %}
                                when {{ loop.index }}
                                then
                                    {% if suffix == "model" %} '{{ model }}'
                                    {% else %} ranged.{{ model }}_{{ suffix }}
                                    {% endif %}
                            {% endfor %}
                        end as {{ type }}
                    ) as {{ side }}_{{ suffix }}
                {% endfor %}
            {% endfor %}
        from ranged
        inner join opportunities on ranged.opportunity_id = opportunities.opportunity_id
        where ranged.lowest_number <> ranged.highest_number
    ),

    final as (
        select
            opportunity_id,
            partner_id,
            closed_on,
            amount_cents,
            lowest_model,
            lowest_share,
            case when amount_cents is not null then lowest_cents end as lowest_cents,
            highest_model,
            highest_share,
            case when amount_cents is not null then highest_cents end as highest_cents,
            cast(highest_share - lowest_share as decimal(18, 12)) as spread_share,
            case when amount_cents is not null then highest_cents - lowest_cents end as spread_cents
        from named
    )

select *
from final

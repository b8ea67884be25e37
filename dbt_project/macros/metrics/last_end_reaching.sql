{#- The last midnight at which a period may end and its trailing window still begin no later than a moment: E − window
    ≤ moment. Null without a window. Months are clipped to a month's last day on the way back, so that of two ends that
    reach back to one day the later counts. -#}
{% macro last_end_reaching(moment, window_months, window_days) -%}
    cast(
        coalesce(
            greatest(
                {{ date_plus_months(moment, window_months) }},
                {{ date_plus_days(date_plus_months(date_plus_days(moment, 1), window_months), -1) }}
            ),
            {{ date_plus_days(moment, window_days) }}
        ) as timestamp
    )
{%- endmacro %}

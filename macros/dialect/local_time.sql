{#
    A time in UTC as the time of day in a time zone, a timestamp without time zone. Each engine has a function for it, but
    with time zone data of its own age. So dbt looks the offsets up once and both engines compare with literals. Where the
    offset is always 0, the time is left as it is.

    zone: an IANA name. Daylight saving is known until 2037; later times have the standard time.
#}
{% macro local_time(time, zone) -%}
    {{- expect_expression('local_time', 'time', time) -}}
    {%- set offsets = offsets_of_zone('local_time', zone) -%}
    {%- if offsets | map(attribute='minutes') | unique | list == [0] -%}
        {{ time }}
    {%- else -%}
        {{ dbt.dateadd('minute', minutes_by_beginning(time, 'timestamp', offsets), time) }}
    {%- endif -%}
{%- endmacro %}


{#
    The moment in UTC at which a day of a time zone ends: the next midnight, the first one where the clocks show it twice. The
    ends of days are in the order of the days.

    day: SQL expression of a date.
    zone: as for local_time.
#}
{% macro end_of_local_day(day, zone) -%}
    {{- expect_expression('end_of_local_day', 'day', day) -}}
    {%- set midnight = dbt.dateadd('day', 1, 'cast(' ~ day ~ ' as timestamp)') -%}
    {%- set offsets = [] -%}
    {%- for offset in offsets_of_zone('end_of_local_day', zone) -%}
        {#- The first midnight under this offset that the clocks did not show before. -#}
        {%- set greater = [offset.minutes, offset.minutes if loop.first else loop.previtem.minutes] | max -%}
        {%- set changed = offset.begins + modules.datetime.timedelta(minutes=greater) -%}
        {%- set is_midnight = changed.time() == modules.datetime.time(0) -%}
        {%- set begins = changed.date() - modules.datetime.timedelta(days=1 if is_midnight else 0) -%}
        {%- do offsets.append({'begins': begins, 'minutes': -offset.minutes}) -%}
    {%- endfor -%}
    {%- if offsets | map(attribute='minutes') | unique | list == [0] -%}
        {{ midnight }}
    {%- else -%}
        {{ dbt.dateadd('minute', minutes_by_beginning(day, 'date', offsets), midnight) }}
    {%- endif -%}
{%- endmacro %}


{#
    The offsets of a time zone as mappings of begins (a datetime in UTC) and minutes, in order, from calendar_start on; only 0
    while the project is parsed. Two changes are never less than three weeks apart, so looking at every third week finds all.
#}
{% macro offsets_of_zone(macro_name, zone) %}
    {%- if zone is not string or zone not in modules.pytz.all_timezones_set -%}
        {{ exceptions.raise_compiler_error(
            macro_name ~ ": '" ~ zone ~ "' is no time zone. Write an IANA name, such as UTC or America/New_York."
        ) }}
    {%- elif not execute or zone == 'UTC' -%}
        {{ return([{'begins': modules.datetime.datetime(1970, 1, 1), 'minutes': 0}]) }}
    {%- endif -%}
    {%- set time_zone = modules.pytz.timezone(zone) -%}
    {%- set time_at = modules.datetime.datetime.fromtimestamp -%}
    {%- set weeks = 3 * 7 * 24 * 60 -%}
    {%- set first_day = modules.datetime.date.fromisoformat(var('calendar_start', '1970-01-01')).toordinal() -%}
    {%- set days_until_1970 = 719163 -%}
    {%- set days_until_2038 = 744000 -%}
    {%- set found = namespace(minutes=none) -%}
    {%- set offsets = [] -%}
    {#- All in minutes since 1970. -#}
    {%- for looked_at in range((first_day - days_until_1970) * 1440, (days_until_2038 - days_until_1970) * 1440, weeks) -%}
        {%- set minutes = (time_at(looked_at * 60, time_zone).utcoffset().total_seconds() // 60) | int -%}
        {%- if minutes != found.minutes -%}
            {#- Halve the weeks until the first minute of the new offset is left. -#}
            {%- set bounds = namespace(before=looked_at - weeks, after=looked_at) -%}
            {%- for halving in range(15) if offsets -%}
                {%- set middle = (bounds.before + bounds.after) // 2 -%}
                {%- if time_at(middle * 60, time_zone).utcoffset().total_seconds() // 60 == found.minutes -%}
                    {%- set bounds.before = middle -%}
                {%- else -%}
                    {%- set bounds.after = middle -%}
                {%- endif -%}
            {%- endfor -%}
            {%- set begins = time_at(bounds.after * 60, modules.pytz.utc).replace(tzinfo=none) -%}
            {%- do offsets.append({'begins': begins, 'minutes': minutes}) -%}
            {%- set found.minutes = minutes -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(offsets) }}
{% endmacro %}


{#
    The minutes of the last of some offsets that has begun at a value: comparisons in a tree, so that a row needs few. The tree
    is put together from its leaves, two neighbours at a time.
#}
{% macro minutes_by_beginning(value, type, offsets) -%}
    {%- set tree = namespace(parts=[]) -%}
    {%- for offset in offsets -%}
        {%- do tree.parts.append((offset.begins, offset.minutes)) -%}
    {%- endfor -%}
    {%- for level in range(12) if tree.parts | length > 1 -%}
        {%- set joined = [] -%}
        {%- for pair in tree.parts | batch(2) -%}
            {%- if pair | length == 1 -%}
                {%- do joined.append(pair[0]) -%}
            {%- else -%}
                {%- do joined.append((
                    pair[0][0],
                    'case when ' ~ value ~ " < cast('" ~ pair[1][0] ~ "' as " ~ type ~ ') then ' ~ pair[0][1]
                    ~ ' else ' ~ pair[1][1] ~ ' end',
                )) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set tree.parts = joined -%}
    {%- endfor -%}
    {{ tree.parts[0][1] }}
{%- endmacro %}

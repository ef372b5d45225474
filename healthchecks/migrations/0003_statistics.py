import django.db.models.deletion
from django.db import migrations, models

# Partitioned by month; `healthchecks.retention` makes and drops the partitions.
HOURLY_STATISTICS = """
CREATE TABLE hourly_statistics (
    connection_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    held_until timestamptz,
    checks integer NOT NULL,
    failed integer NOT NULL,
    inconclusive integer NOT NULL,
    slots integer NOT NULL,
    slots_missed integer NOT NULL,
    observed_ms integer NOT NULL,
    unhealthy_ms integer NOT NULL,
    latency_count integer NOT NULL,
    latency_p50 integer,
    latency_p95 integer,
    latency_p99 integer,
    latency_max integer,
    held_unhealthy boolean NOT NULL,
    failures_by_cause jsonb,
    PRIMARY KEY (connection_id, tenant_id, starts_at)
) PARTITION BY RANGE (starts_at);
CREATE INDEX hourly_statistics_hour ON hourly_statistics (starts_at, tenant_id);
"""

# Partitions are made and dropped at run time, by a role that does not own the tables. Beside these
# two tables nothing can be reached through the functions, whatever they are given. A partition is
# made beside its table, then attached: that does not wait for those who write.
PARTITION_FUNCTIONS = """
CREATE FUNCTION refuse_other_partitions(parent text, partition text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    IF parent NOT IN ('health_checks', 'hourly_statistics')
       OR partition !~ ('^' || parent || '_[0-9]{6,8}$')
    THEN
        RAISE EXCEPTION '% is no partition that is made or dropped', partition
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

CREATE FUNCTION make_partition(parent text, partition text, low text, high text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM refuse_other_partitions(parent, partition);
    EXECUTE format(
        'CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
        partition, parent
    );
    EXECUTE format(
        'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        parent, partition, low, high
    );
END $$;

CREATE FUNCTION drop_partition(parent text, partition text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM refuse_other_partitions(parent, partition);
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, partition);
    EXECUTE format('DROP TABLE public.%I', partition);
END $$;

REVOKE EXECUTE ON FUNCTION make_partition(text, text, text, text), drop_partition(text, text)
    FROM PUBLIC;
"""
NO_PARTITION_FUNCTIONS = """
DROP FUNCTION make_partition(text, text, text, text);
DROP FUNCTION drop_partition(text, text);
DROP FUNCTION refuse_other_partitions(text, text);
"""

CAUSES = [('credential', 'Credential'), ('rate_limited', 'Rate limited'), ('provider', 'Provider'), ('network', 'Network'), ('configuration', 'Configuration'), ('contract', 'Contract'), ('internal', 'Internal')]


def owner(to):
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=to)


def statistics():
    return [
        ('pk', models.CompositePrimaryKey('connection_id', 'tenant_id', 'starts_at', blank=True, editable=False, primary_key=True, serialize=False)),
        ('starts_at', models.DateTimeField()),
        ('checks', models.PositiveIntegerField(default=0)),
        ('failed', models.PositiveIntegerField(default=0)),
        ('inconclusive', models.PositiveIntegerField(default=0)),
        ('slots', models.PositiveIntegerField(default=0)),
        ('slots_missed', models.PositiveIntegerField(default=0)),
        ('observed_ms', models.PositiveIntegerField(default=0)),
        ('unhealthy_ms', models.PositiveIntegerField(default=0)),
        ('failures_by_cause', models.JSONField(null=True)),
        ('latency_count', models.PositiveIntegerField(default=0)),
        ('latency_p50', models.PositiveIntegerField(null=True)),
        ('latency_p95', models.PositiveIntegerField(null=True)),
        ('latency_p99', models.PositiveIntegerField(null=True)),
        ('latency_max', models.PositiveIntegerField(null=True)),
        ('connection', owner('connections.connection')),
        ('tenant', owner('tenants.tenant')),
    ]


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0001_initial'),
        ('healthchecks', '0002_alert_acknowledged_by'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(PARTITION_FUNCTIONS, NO_PARTITION_FUNCTIONS),
        # Nothing has been written into these yet.
        migrations.DeleteModel('HourlyStatistics'),
        migrations.DeleteModel('DailyStatistics'),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='HourlyStatistics',
                    fields=[
                        *statistics(),
                        ('held_until', models.DateTimeField(null=True)),
                        ('held_unhealthy', models.BooleanField(default=False)),
                    ],
                    options={
                        'db_table': 'hourly_statistics',
                        'indexes': [models.Index(fields=['starts_at', 'tenant'], name='hourly_statistics_hour')],
                    },
                ),
            ],
            database_operations=[
                migrations.RunSQL(HOURLY_STATISTICS, 'DROP TABLE hourly_statistics'),
            ],
        ),
        migrations.CreateModel(
            name='DailyStatistics',
            fields=statistics(),
            options={
                'db_table': 'daily_statistics',
                'indexes': [models.Index(fields=['starts_at', 'tenant'], name='daily_statistics_day')],
            },
        ),
        migrations.CreateModel(
            name='Outage',
            fields=[
                ('pk', models.CompositePrimaryKey('connection_id', 'tenant_id', 'started_at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('cause', models.CharField(choices=CAUSES, max_length=20, null=True)),
                ('checks', models.PositiveIntegerField(default=0)),
                ('connection', owner('connections.connection')),
                ('tenant', owner('tenants.tenant')),
            ],
            options={
                'db_table': 'outages',
                'indexes': [models.Index(fields=['ended_at'], name='outages_ended')],
            },
        ),
        migrations.CreateModel(
            name='StatisticsState',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('made_until', models.DateTimeField()),
            ],
            options={
                'db_table': 'statistics_state',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_statistics_state')],
            },
        ),
    ]

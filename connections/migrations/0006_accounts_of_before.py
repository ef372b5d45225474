from django.db import migrations

BATCH = 500  # a statement that updates many rows by their ids gets dearer by the row


def find_accounts(apps, schema_editor):
    """Give the credentials from before there were accounts theirs.

    Those whose key is missing stay without, until a rotation can read them.
    """
    Credential = apps.get_model('connections', 'Credential')
    unknown = Credential.objects.filter(account=None).order_by('pk')
    rows = unknown.select_related('connection__integration')
    rows = rows.select_for_update(no_key=True, of=('self',))
    batch = list(rows[:BATCH])
    while batch:
        for credential in batch:
            credential.account = _account(credential)
        Credential.objects.bulk_update(batch, ['account'])
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def _account(credential):
    from connections.encryption import DecryptionError, account_of, unseal
    from integrations.fitting import secret_origin

    connection = credential.connection
    if credential.encrypted_tokens is not None:  # somebody consented: the only ones without since
        return connection.pk.bytes
    integration = connection.integration
    origin = secret_origin(integration.auth, integration.base_url, connection.variables)
    try:
        secret = unseal(
            bytes(credential.encrypted_secret), connection_id=connection.pk, origin=origin
        )
    except DecryptionError:
        return None
    return account_of(secret, tenant_id=credential.tenant_id, origin=origin)


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0005_oauth'),
    ]

    operations = [
        migrations.RunPython(find_accounts, migrations.RunPython.noop),
    ]

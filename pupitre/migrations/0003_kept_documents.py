"""The database refuses to change what was issued, and the orders paid before there were invoices get theirs."""

from django.db import migrations

KEPT = ["invoice", "creditnote", "creditnoteline", "creditnotetax", "edition", "issuedcopy"]

SQLITE = """
CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} never changes'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION pupitre_never_changes() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% never changes', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION pupitre_never_changes()
"""


def forbid_changes(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    if on_postgresql:
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)  # or its % would be taken for one
    for name in KEPT:
        table = apps.get_model("pupitre", name)._meta.db_table
        schema_editor.execute((POSTGRESQL if on_postgresql else SQLITE).format(table=table))


def allow_changes(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for name in KEPT:
        table = apps.get_model("pupitre", name)._meta.db_table
        schema_editor.execute(f"DROP TRIGGER {table}_never_changes" + (f" ON {table}" if on_postgresql else ""))
    if on_postgresql:
        schema_editor.execute("DROP FUNCTION pupitre_never_changes()")


def ask_for_invoices(apps, schema_editor):
    Job = apps.get_model("pupitre", "Job")
    paid = apps.get_model("pupitre", "Order").objects.filter(status="paid", invoice=None).order_by("paid_at", "pk")
    Job.objects.bulk_create(
        [
            Job(kind="invoice.issue", key=f"invoice.issue:{order.reference}", facts={"order": order.pk})
            for order in paid
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("pupitre", "0002_money")]

    operations = [
        migrations.RunPython(forbid_changes, allow_changes),
        migrations.RunPython(ask_for_invoices, migrations.RunPython.noop),
    ]

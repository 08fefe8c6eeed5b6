from django.db import migrations


def make_default(apps, schema_editor):
    Workspace = apps.get_model("accounts", "Workspace")
    if not Workspace.objects.exists():
        Workspace.objects.create(slug="default", name="Default")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(make_default, migrations.RunPython.noop)]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0010_uploads_are_audited'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditrecord',
            name='verb',
            field=models.CharField(choices=[('created', 'Created'), ('edited', 'Edited'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('withdrawn', 'Approval withdrawn'), ('publish_requested', 'Publish asked for'), ('rollback_requested', 'Rollback asked for'), ('published', 'Published'), ('publish_failed', 'Publish failed'), ('imported', 'Imported'), ('exported', 'Exported'), ('signed_in', 'Signed in'), ('signed_out', 'Signed out'), ('sign_in_failed', 'Sign-in failed'), ('permissions_changed', 'Permissions changed'), ('service_created', 'Service made'), ('service_changed', 'Service changed'), ('service_removed', 'Service removed'), ('deployment_requested', 'Deployment asked for'), ('deployment_cancelled', 'Deployment cancelled'), ('secret_changed', 'Secret changed'), ('connection_changed', 'Connection changed'), ('upload_begun', 'Upload begun'), ('upload_finished', 'Upload whole'), ('upload_removed', 'Upload removed'), ('pattern_noted', 'Unusual pattern'), ('refused', 'Refused')], db_index=True, max_length=24),
        ),
    ]

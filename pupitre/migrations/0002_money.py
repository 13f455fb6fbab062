import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import pupitre.clock
import uuid
from django.conf import settings
from django.db import migrations, models


def fill_list_prices(apps, schema_editor):
    """Before there were rebates, everyone paid the list price."""
    apps.get_model('pupitre', 'OrderLine').objects.update(list_price_cents=models.F('unit_price_cents'))


def fill_received_amounts(apps, schema_editor):
    """Before the two could differ, what was received was what had been asked for."""
    Payment = apps.get_model('pupitre', 'Payment')
    received = Payment.objects.filter(status='succeeded').exclude(disposition='review')
    received.update(received_cents=models.F('amount_cents'), received_currency=models.F('currency'))


class Migration(migrations.Migration):

    dependencies = [
        ('pupitre', '0001_beginning'),
    ]

    operations = [
        migrations.CreateModel(
            name='BalanceEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('charge', 'Payment'), ('refund', 'Refund'), ('dispute', 'Dispute')], max_length=8, verbose_name='kind')),
                ('provider_reference', models.CharField(max_length=255, verbose_name='reference at the payment service')),
                ('gross_cents', models.IntegerField(verbose_name='gross')),
                ('fee_cents', models.IntegerField(verbose_name='fees')),
                ('net_cents', models.IntegerField(verbose_name='net')),
                ('currency', models.CharField(default='CAD', max_length=3, verbose_name='currency')),
                ('made_at', models.DateTimeField(default=pupitre.clock.now, help_text='By the service’s own books.', verbose_name='when')),
                ('available_on', models.DateField(blank=True, null=True, verbose_name='available on')),
                ('read_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='read at')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='balance_entries', to='pupitre.payment', verbose_name='payment')),
            ],
            options={
                'verbose_name': 'balance entry',
                'verbose_name_plural': 'balance entries',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('payment', 'provider_reference'), name='one_row_per_balance_entry'),
                    models.CheckConstraint(condition=models.Q(('net_cents', django.db.models.expressions.CombinedExpression(models.F('gross_cents'), '-', models.F('fee_cents')))), name='balance_entry_adds_up'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(max_length=8, verbose_name='payment mode')),
                ('serial', models.PositiveIntegerField(verbose_name='number')),
                ('issued_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='issued at')),
                ('net_cents', models.PositiveIntegerField(verbose_name='subtotal')),
                ('total_cents', models.PositiveIntegerField(verbose_name='total')),
                ('reason', models.CharField(choices=[('seats', 'Seats given back'), ('amount', 'Price reduction'), ('elsewhere', 'Refund made at the payment service'), ('dispute', 'Payment disputed by the buyer')], max_length=12, verbose_name='reason')),
                ('note', models.CharField(blank=True, help_text='Printed on the credit note.', max_length=240, verbose_name='note')),
                ('percent', models.PositiveSmallIntegerField(default=100, verbose_name='percentage given back')),
                ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='issued by')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='pupitre.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'credit note',
                'verbose_name_plural': 'credit notes',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('mode', 'serial'), name='one_credit_note_per_number'),
                    models.CheckConstraint(condition=models.Q(('total_cents__gte', models.F('net_cents'))), name='credit_note_total_covers_its_net'),
                    models.CheckConstraint(condition=models.Q(('total_cents__gte', 1)), name='credit_note_gives_something_back'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CreditNoteLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seat_count', models.PositiveIntegerField(default=0, verbose_name='number of seats')),
                ('net_cents', models.PositiveIntegerField(verbose_name='amount')),
                ('credit_note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='pupitre.creditnote')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credited', to='pupitre.orderline')),
            ],
            options={
                'verbose_name': 'line of a credit note',
                'verbose_name_plural': 'lines of credit notes',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('credit_note', 'line'), name='one_credit_per_order_line'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CreditNoteTax',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_cents', models.PositiveIntegerField(verbose_name='amount')),
                ('credit_note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='taxes', to='pupitre.creditnote')),
                ('tax', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credited', to='pupitre.ordertax')),
            ],
            options={
                'verbose_name': 'tax of a credit note',
                'verbose_name_plural': 'taxes of credit notes',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('credit_note', 'tax'), name='one_credit_per_order_tax'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_reference', models.CharField(max_length=255, verbose_name='reference at the payment service')),
                ('status', models.CharField(choices=[('open', 'Open'), ('won', 'Won'), ('lost', 'Lost')], default='open', max_length=8, verbose_name='status')),
                ('reason', models.CharField(blank=True, max_length=80, verbose_name='reason')),
                ('amount_cents', models.PositiveIntegerField(verbose_name='amount')),
                ('answer_by', models.DateTimeField(blank=True, null=True, verbose_name='answer before')),
                ('opened_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='opened at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='pupitre.payment', verbose_name='payment')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
                'ordering': ['-opened_at', '-pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('payment', 'provider_reference'), name='one_row_per_dispute'),
                    models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='closed_dispute_says_when'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(max_length=8, verbose_name='payment mode')),
                ('serial', models.PositiveIntegerField(verbose_name='number')),
                ('issued_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='issued at')),
                ('net_cents', models.PositiveIntegerField(verbose_name='subtotal')),
                ('total_cents', models.PositiveIntegerField(verbose_name='total')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='invoice', to='pupitre.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'invoice',
                'verbose_name_plural': 'invoices',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('mode', 'serial'), name='one_invoice_per_number'),
                    models.CheckConstraint(condition=models.Q(('total_cents__gte', models.F('net_cents'))), name='invoice_total_covers_its_net'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveIntegerField(default=1, verbose_name='edition')),
                ('facts', models.JSONField(verbose_name='content')),
                ('fingerprint', models.CharField(max_length=64, verbose_name='fingerprint of the content')),
                ('issued_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='issued at')),
                ('credit_note', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='pupitre.creditnote')),
                ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='issued by')),
                ('invoice', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='pupitre.invoice')),
            ],
            options={
                'verbose_name': 'edition of a document',
                'verbose_name_plural': 'editions of documents',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('invoice', 'rank'), name='one_edition_per_rank_of_an_invoice'),
                    models.UniqueConstraint(fields=('credit_note', 'rank'), name='one_edition_per_rank_of_a_credit_note'),
                    models.CheckConstraint(condition=models.Q(models.Q(('credit_note__isnull', False), ('invoice', None)), models.Q(('credit_note', None), ('invoice__isnull', False)), _connector='OR'), name='edition_of_one_document'),
                ],
            },
        ),
        migrations.CreateModel(
            name='EstablishmentGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_fr', models.CharField(max_length=80, verbose_name='name (French)')),
                ('name_en', models.CharField(blank=True, max_length=80, verbose_name='name (English)')),
                ('establishments', models.ManyToManyField(blank=True, related_name='groups', to='pupitre.establishment', verbose_name='establishments')),
            ],
            options={
                'verbose_name': 'group of establishments',
                'verbose_name_plural': 'groups of establishments',
                'ordering': ['name_fr'],
            },
        ),
        migrations.CreateModel(
            name='IssuedCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=5, verbose_name='language')),
                ('pdf', models.BinaryField()),
                ('fingerprint', models.CharField(max_length=64, verbose_name='fingerprint of the file')),
                ('drawn_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='drawn at')),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='pupitre.edition')),
            ],
            options={
                'verbose_name': 'issued copy',
                'verbose_name_plural': 'issued copies',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('edition', 'language'), name='one_copy_per_language'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MemberPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price_cents', models.PositiveIntegerField(help_text='Per seat, before taxes.', verbose_name='price in cents')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='member_prices', to='pupitre.course', verbose_name='course')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='pupitre.establishmentgroup', verbose_name='group of establishments')),
            ],
            options={
                'verbose_name': 'member price',
                'verbose_name_plural': 'member prices',
                'ordering': ['course', 'group'],
                'constraints': [
                    models.UniqueConstraint(fields=('course', 'group'), name='one_member_price_per_group'),
                ],
            },
        ),
        migrations.CreateModel(
            name='NumberSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=12)),
                ('mode', models.CharField(max_length=8)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'number series',
                'verbose_name_plural': 'number series',
                'constraints': [
                    models.UniqueConstraint(fields=('kind', 'mode'), name='one_series_per_kind_and_mode'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PaymentLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='identifier')),
                ('fingerprint', models.CharField(editable=False, max_length=64, unique=True)),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('created_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='created at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_links', to='pupitre.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'payment link',
                'verbose_name_plural': 'payment links',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('order',), name='one_payment_link_in_force_per_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PromoCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='Capital letters and digits.', max_length=30, unique=True, verbose_name='promo code')),
                ('percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='percentage')),
                ('amount_cents', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='amount')),
                ('free_seats', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='free seats')),
                ('most_uses', models.PositiveIntegerField(blank=True, null=True, verbose_name='number of orders')),
                ('most_uses_each', models.PositiveIntegerField(blank=True, null=True, verbose_name='number of orders per establishment')),
                ('used', models.PositiveIntegerField(default=0, editable=False, verbose_name='used')),
                ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='valid from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
                ('courses', models.ManyToManyField(blank=True, help_text='None: all of them.', related_name='promo_codes', to='pupitre.course', verbose_name='courses')),
                ('establishments', models.ManyToManyField(blank=True, help_text='None: all of them.', related_name='promo_codes', to='pupitre.establishment', verbose_name='establishments')),
            ],
            options={
                'verbose_name': 'promo code',
                'verbose_name_plural': 'promo codes',
                'ordering': ['code'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('most_uses', None), ('used__lte', models.F('most_uses')), _connector='OR'), name='promo_code_not_overused'),
                    models.CheckConstraint(condition=models.Q(models.Q(('amount_cents', None), ('free_seats', None), ('percent__isnull', False)), models.Q(('amount_cents__isnull', False), ('free_seats', None), ('percent', None)), models.Q(('amount_cents', None), ('free_seats__isnull', False), ('percent', None)), _connector='OR'), name='promo_code_is_one_rebate'),
                    models.CheckConstraint(condition=models.Q(('percent', None), models.Q(('percent__gte', 1), ('percent__lte', 100)), _connector='OR'), name='promo_percentage_is_one'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PromoUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('taken_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='used at')),
                ('given_back_at', models.DateTimeField(blank=True, null=True, verbose_name='given back at')),
                ('establishment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promo_uses', to='pupitre.establishment', verbose_name='establishment')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='promo_use', to='pupitre.order', verbose_name='order')),
                ('promo', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='pupitre.promocode', verbose_name='promo code')),
            ],
            options={
                'verbose_name': 'use of a promo code',
                'verbose_name_plural': 'uses of promo codes',
            },
        ),
        migrations.CreateModel(
            name='StrayPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('means', models.CharField(choices=[('stripe', 'Credit card'), ('paypal', 'PayPal')], max_length=12, verbose_name='payment method')),
                ('provider_reference', models.CharField(max_length=255, verbose_name='reference at the payment service')),
                ('charge_reference', models.CharField(blank=True, max_length=255, verbose_name='reference of the charge')),
                ('mode', models.CharField(max_length=8, verbose_name='payment mode')),
                ('amount_cents', models.PositiveIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('order_number', models.CharField(blank=True, max_length=40, verbose_name='order number')),
                ('paid_with', models.CharField(blank=True, max_length=255, verbose_name='paid with')),
                ('seen_at', models.DateTimeField(default=pupitre.clock.now, verbose_name='seen at')),
                ('resolved_at', models.DateTimeField(blank=True, null=True, verbose_name='resolved at')),
                ('resolution', models.CharField(blank=True, max_length=300, verbose_name='what was done about it')),
                ('resolved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='resolved by')),
            ],
            options={
                'verbose_name': 'unknown payment',
                'verbose_name_plural': 'unknown payments',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('means', 'provider_reference'), name='one_row_per_stray_payment'),
                    models.CheckConstraint(condition=models.Q(models.Q(('resolution', ''), ('resolved_at', None)), models.Q(('resolved_at__isnull', False), models.Q(('resolution', ''), _negated=True)), _connector='OR'), name='resolved_stray_payment_says_how'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TermsVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(editable=False, unique=True, verbose_name='version')),
                ('text_fr', models.TextField(verbose_name='text (French)')),
                ('text_en', models.TextField(blank=True, verbose_name='text (English)')),
                ('written_at', models.DateTimeField(default=pupitre.clock.now, editable=False, verbose_name='written at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='published at')),
            ],
            options={
                'verbose_name': 'version of the terms of sale',
                'verbose_name_plural': 'terms of sale',
                'ordering': ['-number'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('text_fr', ''), _negated=True), name='terms_exist_in_french'),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name='orderline',
            name='order_line_adds_up',
        ),
        migrations.RemoveConstraint(
            model_name='refund',
            name='a_surplus_is_refunded_once',
        ),
        migrations.AddField(
            model_name='letter',
            name='payment_link',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='pupitre.paymentlink', verbose_name='payment link'),
        ),
        migrations.AddField(
            model_name='letter',
            name='credit_note',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='pupitre.creditnote', verbose_name='credit note'),
        ),
        migrations.AddField(
            model_name='course',
            name='refund_steps',
            field=models.JSONField(blank=True, help_text='Leave empty for the provider’s policy.', null=True, verbose_name='refund policy'),
        ),
        migrations.AddField(
            model_name='course',
            name='volume_tiers',
            field=models.JSONField(blank=True, default=list, help_text='[from which seat on, percentage off]', verbose_name='volume tiers'),
        ),
        migrations.AddField(
            model_name='order',
            name='english_terms_chosen_at',
            field=models.DateTimeField(blank=True, help_text='When English was expressly chosen.', null=True, verbose_name='English terms chosen at'),
        ),
        migrations.AddField(
            model_name='order',
            name='french_terms_given_at',
            field=models.DateTimeField(blank=True, help_text='When the French version was shown.', null=True, verbose_name='terms given in French at'),
        ),
        migrations.AddField(
            model_name='order',
            name='purchase_order_number',
            field=models.CharField(blank=True, max_length=40, verbose_name='purchase order number'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='list_price_cents',
            field=models.PositiveIntegerField(default=0, help_text='Of one seat, for everyone.', verbose_name='list price'),
            preserve_default=False,
        ),
        migrations.RunPython(fill_list_prices, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name='orderline',
            name='promo_discount_cents',
            field=models.PositiveIntegerField(default=0, verbose_name='promo discount'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='refund_steps',
            field=models.JSONField(blank=True, default=list, help_text='The refund policy of the day.'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='tax_reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='reason of the exemption'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='volume_discount_cents',
            field=models.PositiveIntegerField(default=0, verbose_name='volume discount'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='volume_tiers',
            field=models.JSONField(blank=True, default=list, help_text='The tiers of the day, to price what remains of it.'),
        ),
        migrations.AddField(
            model_name='provider',
            name='owners_can_refund',
            field=models.BooleanField(default=False, help_text='At the percentage of the policy.', verbose_name='owners can give seats back themselves'),
        ),
        migrations.AddField(
            model_name='provider',
            name='refund_steps',
            field=models.JSONField(blank=True, default=list, help_text='[hours before the session, percentage given back]', verbose_name='refund policy'),
        ),
        migrations.AddField(
            model_name='providerevent',
            name='dispute_reference',
            field=models.CharField(blank=True, max_length=255, verbose_name='dispute'),
        ),
        migrations.AddField(
            model_name='providerevent',
            name='was_missed',
            field=models.BooleanField(default=False, help_text='It never arrived: it was found by asking the service.', verbose_name='missed'),
        ),
        migrations.AlterField(
            model_name='providerevent',
            name='body',
            field=models.TextField(blank=True, help_text='Forgotten after 90 days.', verbose_name='content'),
        ),
        migrations.AddField(
            model_name='payment',
            name='received_cents',
            field=models.PositiveIntegerField(blank=True, help_text='What the service says it took, once it did.', null=True, verbose_name='amount received'),
        ),
        migrations.AddField(
            model_name='payment',
            name='received_currency',
            field=models.CharField(blank=True, max_length=3, verbose_name='currency received'),
        ),
        migrations.RunPython(fill_received_amounts, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name='letter',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('sent', 'Sent'), ('bounced', 'Not delivered'), ('failed', 'Failed'), ('withdrawn', 'No longer needed'), ('held', 'Held: the shop takes no real money')], default='queued', max_length=12, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='refund',
            name='origin',
            field=models.CharField(choices=[('us', 'Asked for here'), ('dashboard', 'Made at the payment service'), ('hand', 'Given back by other means')], default='us', max_length=12, verbose_name='origin'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='unit_price_cents',
            field=models.PositiveIntegerField(help_text='Of one seat, for this establishment.', verbose_name='unit price'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('net_cents', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('quantity'), '*', models.F('unit_price_cents')), '-', models.F('volume_discount_cents')), '-', models.F('promo_discount_cents')))), name='order_line_adds_up'),
        ),
        migrations.AddField(
            model_name='refund',
            name='credit_note',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='pupitre.creditnote', verbose_name='credit note'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(condition=models.Q(('reason', 'surplus'), models.Q(('status__in', ['failed', 'canceled']), _negated=True)), fields=('payment',), name='a_surplus_is_refunded_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(condition=models.Q(('provider_reference', ''), _negated=True), fields=('payment', 'provider_reference'), name='one_refund_per_provider_reference'),
        ),
        migrations.AddField(
            model_name='seat',
            name='credited_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='pupitre.creditnoteline', verbose_name='credited by'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.CheckConstraint(condition=models.Q(('credited_by', None), ('cancelled_at__isnull', False), _connector='OR'), name='credited_seat_is_cancelled'),
        ),
        migrations.AddField(
            model_name='payment',
            name='link',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='pupitre.paymentlink', verbose_name='paid through'),
        ),
        migrations.AddField(
            model_name='cart',
            name='promo',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='pupitre.promocode'),
        ),
        migrations.AddField(
            model_name='order',
            name='promo',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='pupitre.promocode', verbose_name='promo code'),
        ),
        migrations.AddField(
            model_name='order',
            name='terms',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='pupitre.termsversion', verbose_name='terms of sale'),
        ),
        migrations.AddField(
            model_name='provider',
            name='terms',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pupitre.termsversion', verbose_name='terms of sale'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('english_terms_chosen_at', None), models.Q(('french_terms_given_at__lte', models.F('english_terms_chosen_at')), ('terms__isnull', False)), _connector='OR'), name='english_terms_follow_the_french_ones'),
        ),
    ]

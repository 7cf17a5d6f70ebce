package postgres_test

// tradeMisdeeds break one invariant each of orders, returns, documents and transfers, as misdeeds do.
var tradeMisdeeds = []misdeed{
	{"sends goods by way of another's transit", "ledger_entries", `update ledger_entries
		set to_account = 'transit/' || gen_random_uuid() where to_account like 'transit/%'`, "L10"},
	{"pays for an order that nobody placed", "ledger_entries", `update ledger_entries
		set from_account = 'order/' || gen_random_uuid() where to_account = 'tender/CARD' and from_account like 'order/%'`, "L6"},
	{"forgets what was posted in the other book", "ledger_transactions ledger_entries", `
		delete from ledger_entries e using ledger_transactions t where t.location = e.location and t.id = e.transaction_id
			and t.kind = 'HANDOVER' and t.location = 'milan';
		delete from ledger_transactions where kind = 'HANDOVER' and location = 'milan'`, "L10"},
	{"moves an act out of its own place", "ledger_transactions ledger_entries", `
		delete from ledger_entries e using ledger_transactions t where t.location = e.location and t.id = e.transaction_id
			and t.kind = 'HANDOVER' and t.location = 'rome';
		delete from ledger_transactions where kind = 'HANDOVER' and location = 'rome'`, "L1"},
	{"does an act otherwise in another book", "ledger_transactions", `update ledger_transactions
		set channel = 'till' where kind = 'SALE' and location = 'rome' and cause in
			(select cause from ledger_transactions where kind = 'SALE' and location = 'milan')`, "L1"},
	{"takes more off another's books than it gives", "ledger_entries", `update ledger_entries
		set quantity = quantity + 1 where to_account like 'settlement/%'`, "L10"},
	{"gives a customer more cash than the order says", "ledger_entries", `update ledger_entries
		set quantity = quantity + 1 where from_account = 'tender/CASH' and to_account like 'order/%'`, "L6"},
	{"puts what came back on another shelf", "ledger_entries", `update ledger_entries
		set to_account = 'available' where to_account = 'damaged'`, "L1"},
	{"takes from the drawer for nothing", "ledger_entries", "update ledger_entries set to_account = 'sales' where to_account = 'safe'", "L1"},
	{"takes more from the drawer than it says", "ledger_entries", "update ledger_entries set quantity = 6 where to_account = 'safe'", "L9"},

	{"makes goods worth more", "stock_levels", "update stock_levels set value_minor = value_minor + 1", "L11"},
	{"makes a unit worth more", "stock_levels", "update stock_levels set unit_cost_minor = unit_cost_minor + 1", "L11"},
	{"forgets what goods cost", "stock_levels", "update stock_levels set value_minor = null, unit_cost_minor = null, cost_currency = null", "L11"},
	{"keeps the value in other money", "stock_levels", "update stock_levels set cost_currency = 'USD' where cost_currency is not null", "L11"},
	{"sells for more than it cost", "ledger_entries", "update ledger_entries set quantity = quantity + 1 where to_account = 'cost_of_goods'", "L11"},
	{"says that lost goods were sold", "ledger_entries", "update ledger_entries set to_account = 'cost_of_goods' where to_account = 'inventory_difference'", "L11"},
	{"forgets what goods cost on their way", "transfer_lines", "update transfer_lines set cost_minor = 0 where cost_minor > 0", "L11"},

	{"loads a gift card", "balances", "update balances set amount_minor = amount_minor + 1", "L2"},
	{"forgets a gift card", "balances", "delete from balances", "L2"},
	{"overdraws a gift card", "balances", "update balances set amount_minor = -1", "L3"},
	{"changes the money of a gift card", "balances", "update balances set currency = 'USD'", "L2"},
	{"promises what no order wants", "stock_levels", "update stock_levels set committed = committed + 1", "L4"},
	{"expects what nobody sent", "stock_levels", "update stock_levels set incoming = incoming + 1", "L10"},
	{"gives up a promise and keeps the goods", "order_lines", "update order_lines set cancelled = quantity - fulfilled", "L4"},
	{"hands a hold to nobody", "holds", "update holds set order_id = null", "L4"},
	{"hands a hold to another order", "holds", "update holds set order_id = (select max(id::text)::uuid from orders) where order_id is not null", "L1"},

	{"completes an order that is open", "orders", "update orders set state = 'COMPLETED' where state = 'CONFIRMED'", "L5"},
	{"lets an order wait that is paid", "orders", "update orders set state = 'PENDING_PAYMENT', pay_by = now() where state = 'CONFIRMED'", "L6"},
	{"sends an order from elsewhere", "order_lines", "update order_lines set fulfil_location = 'turin' where fulfilment is not null", "L1"},
	{"gives a customer a discount afterwards, and tells so", "order_payments events", `
		update order_payments set amount_minor = 999 where amount_minor = 1000;
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"amount_minor":1000', '"amount_minor":999'), 'UTF8')`, "L6"},
	{"says that more was handed over, and tells so", "order_lines events", `
		update order_lines set fulfilled = quantity, cancelled = 0 where cancelled = 1;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'),
			'"fulfilled":[01],"cancelled":1,', '"fulfilled":2,"cancelled":0,'), 'UTF8') where subject like 'order/%'`, "L5"},
	{"rewrites the first that was told of an order", "events", `
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"quantity":4', '"quantity":5'), 'UTF8')
		where kind = 'OrderPlaced'`, "L9"},

	{"captures more than was paid", "payment_intents", "update payment_intents set captured_minor = captured_minor + 1 where captured_minor > 1", "L9"},
	{"forgets what a provider was asked, and tells so", "payment_intents events", `
		update payment_intents set step = '', step_minor = 0 where step <> '';
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"step":"[A-Z]*","step_minor":[0-9]*,', '', 'g'), 'UTF8')
		where kind in ('PaymentAsked', 'OrderHandedOver', 'OrderReturned')`, "L6"},
	{"gives back what went nowhere, and tells so", "payment_intents events", `
		update payment_intents set refunded_minor = refunded_minor + 1 where refunded_minor > 0;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"refunded_minor":[1-9]', '"refunded_minor":9'), 'UTF8')
		where kind in ('PaymentRefunded', 'OrderReturned')`, "L6"},

	{"asks for a refund no more that was refused, and tells so", "payment_intents events", `
		update payment_intents set ask_again_at = null where ask_again_at is not null;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), ',"ask_again_at":"[^"]*"', ''), 'UTF8')
		where kind = 'PaymentFailed'`, "L6"},
	{"counts no refusal of a refund, and tells so", "payment_intents events", `
		update payment_intents set refusals = null where refusals is not null;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), ',"refusals":[0-9]*', '', 'g'), 'UTF8')
		where convert_from(body, 'UTF8') like '%refusals%'`, "L6"},
	{"has money that moved come from nowhere, and tells so", "payment_intents events", `
		update payment_intents set moved_from = null where moved_from is not null;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"moved_from":"[^"]*",', '', 'g'), 'UTF8')
		where convert_from(body, 'UTF8') like '%moved_from%'`, "L6"},

	{"lets a link be good for longer", "orders", "update orders set link_until = link_until + interval '1 hour'", "L9"},
	{"lets a link be good for longer, and tells so", "orders events", `
		update orders set link_until = link_until + interval '10 years' where link_until is not null;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"link_until":"20[0-9]', '"link_until":"203', 'g'), 'UTF8')
		where convert_from(body, 'UTF8') like '%link_until%'`, "L1"},

	{"collects what is open", "fulfilments", "update fulfilments set state = 'COLLECTED' where state = 'NEW'", "L5"},
	{"gives a pickup another order", "fulfilments", "update fulfilments set order_id = gen_random_uuid()", "L1"},
	{"forgets wrong codes", "fulfilments", "update fulfilments set tries = tries + 1", "L9"},
	{"forgets wrong codes, and tells so", "fulfilments events", `
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"tries":1', '"tries":0'), 'UTF8')`, "L1"},
	{"picks more than was ordered", "fulfilments", `update fulfilments set picked = replace(picked, '"units":4', '"units":5') where picked is not null`, "L5"},
	{"picks another line", "fulfilments", `update fulfilments set picked = replace(picked, '"line":1', '"line":9') where picked is not null`, "L1"},
	{"says that what is ready was not picked", "fulfilments", `update fulfilments set picked = replace(picked, '"units":4', '"units":3') where picked is not null`, "L9"},
	{"has somebody else collect it", "fulfilments", "update fulfilments set collector_name = 'Eve' where collector_name is not null", "L9"},
	{"has her show another document", "fulfilments", "update fulfilments set collector_document = 'OTHER' where collector_document is not null", "L9"},
	{"has somebody else sign", "fulfilments", "update fulfilments set collector_signature = reverse(collector_signature) where collector_signature is not null", "L9"},
	{"loses a parcel that arrived", "fulfilments", `update fulfilments set parcels = replace(parcels, '"DELIVERED"', '"LOST"') where state = 'DELIVERED'`, "L5"},
	{"says that all went well", "fulfilments", `update fulfilments set parcels = replace(parcels, '"EXCEPTION"', '"IN_TRANSIT"')`, "L9"},
	{"says later that all went well, and tells so", "fulfilments events", `
		update fulfilments set parcels = replace(parcels, '"EXCEPTION"', '"IN_TRANSIT"');
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"EXCEPTION"', '"IN_TRANSIT"'), 'UTF8') where kind <> 'ShipmentTracked'`, "L1"},
	{"packs more than left", "fulfilments", `update fulfilments set parcels = replace(parcels, '"units":2', '"units":3') where state = 'PACKED'`, "L5"},
	{"gives another carrier's number, and tells so", "fulfilments events", `
		update fulfilments set parcels = replace(parcels, 'T-78', 'T-79');
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"tracking":"T-78","units"', '"tracking":"T-79","units"'), 'UTF8')
		where convert_from(body, 'UTF8') like '%"T-78"%'`, "L1"},
	{"finds what was lost on its way, and tells so", "fulfilments events", `
		update fulfilments set parcels = replace(parcels, ',"undelivered":1', '') where state = 'PACKED';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), ',"undelivered":1', ''), 'UTF8') where kind like 'Shipment%'`, "L1"},
	{"looks after a parcel later", "fulfilments", "update fulfilments set attention_at = attention_at + interval '1 hour'", "L9"},
	{"looks after a parcel later, and tells so", "fulfilments events", `
		update fulfilments set attention_at = attention_at + interval '1000 years';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"attention_at":"2', '"attention_at":"3'), 'UTF8')`, "L1"},
	{"tells of another parcel", "events", `
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"parcel":2}', '"parcel":1}'), 'UTF8')`, "L1"},
	{"uses a label that is on no parcel", "fulfilments", `update fulfilments set labels = replace(labels, '"VOIDED"', '"USED"')`, "L5"},
	{"takes a parcel's label back", "fulfilments", `update fulfilments set labels = replace(labels, '"USED"', '"VOIDED"')`, "L5"},
	{"labels more than is in the parcel", "fulfilments", `update fulfilments set labels = replace(labels, '"units":2', '"units":3')`, "L5"},
	{"takes the label off a parcel", "fulfilments", `
		update fulfilments set parcels = regexp_replace(parcels, ',"label":"[^"]*"', '') where parcels like '%"label"%'`, "L5"},
	{"is told more of what a label costs, and tells so", "fulfilments events", `
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"price_minor":450', '"price_minor":45'), 'UTF8')
		where kind = 'ShipmentShipped'`, "L1"},
	{"forgets that a carrier is asked", "fulfilments", `update fulfilments set labels = replace(labels, '"step":"ISSUE",', '')`, "L1"},
	{"promises a pickup for later than it was", "fulfilments", "update fulfilments set promised_at = promised_at + interval '1 hour'", "L9"},
	{"promises a pickup for later than it was, and tells so at the end", "fulfilments events", `
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"promised_at":"2027', '"promised_at":"2028'), 'UTF8')
		where kind = 'PickupReady'`, "L1"},
	{"keeps a pickup for less than it was", "fulfilments events", `
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"expires_at":"20', '"expires_at":"19'), 'UTF8')
		where kind = 'PickupExtended'`, "L1"},
	{"takes what was collected for refused", "fulfilments", "update fulfilments set state = 'REFUSED_BY_CUSTOMER' where state = 'COLLECTED'", "L5"},
	{"has a card be good for longer", "balances", "update balances set expires_at = expires_at + interval '1 second'", "L2"},
	{"has a card be good for ever", "balances", "update balances set expires_at = null", "L2"},
	{"has a card of no kind expire", "balances", "update balances set expires_at = now() where card_kind is null", "L2"},
	{"sells a card as one of another kind", "balances", "update balances set card_kind = 'other'", "L6"},
	{"renews no card", "balances order_lines", "update balances set card_renewed = null; update order_lines set card_renewed = null", "L9"},
	{"sold a card for another time", "order_lines", "update order_lines set card_months = 12 where card_months is not null", "L9"},
	{"gives more in cash", "refund_terms", "update refund_terms set cash_max_minor = 0", "L9"},
	{"gives money back in another order", "orders", "update orders set refund_terms = '{\"order\":\"PROPORTIONAL\"}'", "L9"},
	{"gives more without a receipt", "blind_terms", "update blind_terms set price_days = 0", "L9"},
	{"takes things back for longer", "return_policies", "update return_policies set days = days + 1", "L9"},
	{"sold a thing by other terms", "order_lines", "update order_lines set return_terms = replace(return_terms, 'STAFF', 'NOBODY')", "L9"},
	{"sold a thing by no terms", "order_lines", "update order_lines set return_terms = null", "L9"},
	{"allows more on a card", "card_kinds", "update card_kinds set most_balance_minor = 0", "L9"},
	{"says that a card was issued where it was topped up", "order_lines", "update order_lines set issuer = null where issuer is not null", "L1"},
	{"says that more was not there than was cancelled", "order_lines", "update order_lines set rejected = cancelled + 1 where cancelled > 0", "L5"},
	{"takes what another place hands over for ordered", "order_lines", "update order_lines set instead_of = null", "L9"},
	{"says of another line that another place hands it over", "order_lines", "update order_lines set instead_of = instead_of + 1", "L9"},
	{"takes what was rejected for cancelled", "fulfilments", "update fulfilments set state = 'CANCELLED' where state = 'REJECTED'", "L9"},
	{"forgets why units were rejected", "ledger_transactions", "update ledger_transactions set reason = null, note = null where kind = 'REJECT'", "L1"},
	{"says of what was lost that it was damaged", "ledger_entries", `update ledger_entries set to_account = 'supplier' where from_account = 'committed'
		and to_account = 'shrinkage'`, "L1"},
	{"takes what was lost for delivered", "fulfilments", "update fulfilments set state = 'DELIVERED' where state = 'LOST'", "L9"},
	{"forgets why a carrier lost something", "ledger_transactions", "update ledger_transactions set reason = null where kind = 'RETURN'", "L1"},
	{"has what a carrier lost come back", "returns", "update returns set lines = replace(lines, '\"LOST\"', '\"WRITE_OFF\"')", "L1"},
	{"forgets a step of work", "events", "delete from events where kind = 'FulfilmentPicking'", "L9"},

	{"takes goods back for more than they cost", "returns", `update returns
		set lines = regexp_replace(lines, '"gross_minor":', '"gross_minor":1', 'g')`, "L6"},
	{"takes back other units", "returns", `update returns set lines = replace(lines, '"from":0,"until":1', '"from":1,"until":2')`, "L5"},
	{"gives back more without a receipt", "returns", `update returns
		set refunds = replace(refunds, '"amount_minor":', '"amount_minor":1') where order_id is null`, "L6"},
	{"forgets that the policy was set aside", "returns", "update returns set overrides = '[]' where overrides <> '[]'", "L1"},
	{"says that the policy was set aside", "returns", "update returns set overrides = '[\"FINAL_SALE\"]' where overrides = '[]'", "L1"},
	{"says that the policy was set aside without a receipt", "returns", "update returns set overrides = '[]' where order_id is null", "L1"},
	{"says that a purchase was proved otherwise", "returns", "update returns set proof = 'RECEIPT' where proof is not null", "L9"},
	{"says that somebody else took it back", "returns", "update returns set operator = 'Eve' where operator is not null", "L9"},
	{"hides an exchange", "returns", "update returns set exchange = null", "L1"},
	{"forgets the documents of a return", "returns", "update returns set invoices = '[]'", "L7"},

	{"takes a document away", "invoices", "delete from invoices where sequence = 2", "L7"},
	{"numbers a document twice", "invoices", "update invoices set sequence = 1 where sequence = 2", "L7"},
	{"changes the price on a document", "invoices", `update invoices set lines = replace(lines, '"gross_minor":', '"gross_minor":1')`, "L7"},
	{"breaks the chain", "invoices", "update invoices set previous = hash", "L7"},
	{"gives a document to another buyer", "invoices", "update invoices set buyer = replace(buyer, 'Rossi', 'Russo') where buyer is not null", "L7"},
	{"forgets the last document", "issuing_points", "update issuing_points set records = records - 1", "L7"},
	{"counts a series on", "issuing_points", `update issuing_points set series = replace(series, '"last":', '"last":1')`, "L7"},
	{"forgets an issuing point", "issuing_points", "delete from issuing_points where location = 'milan'", "L7"},
	{"forgets what was told of a document", "order_documents", "delete from order_documents", "L9"},
	{"turns a document off, and tells so", "order_documents events", `
		delete from order_documents;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"documents":\[(.*)\],"occ', '"documents":[],"occ'), 'UTF8')
		where subject like 'order/%'`, "L7"},

	{"loses goods on the way", "transfer_lines", "update transfer_lines set missing = shipped - received", "L10"},
	{"ends a transfer on the way", "transfers", "update transfers set state = 'RECEIVED'", "L10"},
	{"sends a transfer elsewhere", "transfers", "update transfers set receiver = 'turin'", "L10"},
	{"receives more than was posted, and tells so", "transfer_lines events", `
		update transfer_lines set received = 3 where received = 4;
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"received":4', '"received":3'), 'UTF8')`, "L1"},

	{"sends more than was asked for", "transfer_lines", "update transfer_lines set requested = shipped - 1 where shipped > 1", "L10"},
	{"asks for less than was asked for", "transfer_lines", "update transfer_lines set requested = requested - 1 where requested > 1", "L9"},
	{"declines what is on its way", "transfers", `update transfers set state = 'DECLINED', answer = 'no' where state = 'SHIPPED'`, "L10"},
	{"asks for what was sent unasked", "transfers", `update transfers set requested_at = shipped_at where requested_at is null`, "L10"},
	{"declines without a word, and tells so", "transfers events", `
		update transfers set answer = null where state = 'DECLINED';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), ',"answer":"we need them here"', ''), 'UTF8')
		where kind = 'TransferDeclined'`, "L10"},
	{"declines what was not asked for so, and tells so", "transfers events", `
		update transfers set purpose = 'a whim' where state = 'DECLINED';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), 'the shelf is empty', 'a whim'), 'UTF8')
		where kind = 'TransferDeclined'`, "L9"},
	{"ships what was never asked for so, and tells so", "transfer_lines events", `
		update transfer_lines set requested = 9 where requested = 5;
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"requested":5', '"requested":9'), 'UTF8')
		where kind = 'TransferShipped'`, "L9"},
	{"says who asked is who was asked, and tells so", "transfers events", `
		update transfers set state = 'CANCELLED' where state = 'DECLINED';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"DECLINED"', '"CANCELLED"'), 'UTF8')
		where kind = 'TransferDeclined'`, "L9"},

	{"forgets for whom goods are brought", "transfers", "update transfers set order_id = null where order_id is not null", "L10"},
	{"brings goods that nobody waits for", "order_lines", "update order_lines set transfer = gen_random_uuid() where away > 0", "L10"},
	{"says that more is to be sent", "order_lines", "update order_lines set away = away + 1 where away = 2", "L5"},
	{"says that nothing is on its way, and tells so", "order_lines events", `
		update order_lines set coming = null;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), ',"coming":[0-9]+', '', 'g'), 'UTF8') where subject like 'order/%'`, "L5"},
	{"says that an order got what it did not, and tells so", "transfer_lines events", `
		update transfer_lines set kept = 1, lacked = 2 where lacked = 1;
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"kept":2,"lacked":1', '"kept":1,"lacked":2'), 'UTF8')`, "L1"},
	{"lets what waits for a transfer be worked on, and tells so", "fulfilments events", `
		update fulfilments set state = 'NEW' where state = 'AWAITING_TRANSFER';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"AWAITING_TRANSFER"', '"NEW"'), 'UTF8')`, "L1"},

	{"hides a zone that was counted again", "counts", `update counts set zones = replace(zones, '"pass":2', '"pass":1')`, "L2"},
	{"opens a count that was closed", "counts", "update counts set state = 'COUNTED' where state = 'CLOSED'", "L9"},
	{"counts otherwise afterwards, and tells so", "count_lines events", `
		update count_lines set posted = posted + 1 where sku = 'RED-42' and location = 'rome';
		update events e set body = convert_to(regexp_replace(convert_from(e.body, 'UTF8'), '"posted":-?[0-9]+', '"posted":' || l.posted), 'UTF8')
		from count_lines l where e.subject = 'count-line/' || l.count_id || '/' || l.sku and l.sku = 'RED-42' and l.location = 'rome'`, "L2"},
	{"takes a reading away, and says nothing of it", "count_readings count_reading_lines events", `
		delete from count_reading_lines where reading_id in (select id from count_readings where zone = 'B');
		delete from events where subject in (select 'reading/' || count_id || '/' || id from count_readings where zone = 'B');
		delete from count_readings where zone = 'B'`, "L2"},
	{"reads something else", "count_reading_lines", "update count_reading_lines set quantity = quantity + 1 where unit = ''", "L9"},
	{"posts for a count what it did not find", "ledger_entries", `update ledger_entries set quantity = quantity + 1
		where to_account = 'available' and from_account = 'found' and transaction_id in (select id from ledger_transactions where kind = 'COUNT')`, "L2"},

	{"says that more was looked for", "demand_lines", "update demand_lines set times = times + 1 where kind = 'SEARCH'", "L9"},
	{"says who asked for stock, and tells so", "demand_lines events", `
		update demand_lines set customer = '0198c0de-0000-7000-8000-00000000000a' where kind = 'AVAILABILITY';
		update events e set body = convert_to(regexp_replace(convert_from(body, 'UTF8'),
			'("kind":"AVAILABILITY"[^}]*"customer":")"', '\10198c0de-0000-7000-8000-00000000000a"'), 'UTF8') where e.kind = 'DemandRecorded'`, "L1"},
	{"says that a promise could have been made, and tells so", "demand_lines events", `
		update demand_lines set there = units where kind = 'HOLD';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"units":5,"there":2', '"units":5,"there":5'), 'UTF8')`, "L1"},
	{"takes a record of what was looked for away", "demand demand_lines", "delete from demand_lines where location = 'milan'; delete from demand where location = 'milan'", "L9"},
	{"records what nobody looked for", "demand demand_lines", `
		insert into demand select 'rome', id, recorded_at, seal from demand where location = 'milan';
		insert into demand_lines select 'rome', demand_id, line, kind, channel, sku, words, filters, language, customer, found, more, units, there, times, at, seal
		from demand_lines where location = 'milan'`, "L9"},

	{"says that more of what was sent back was accepted", "return_requests", `update return_requests set lines = replace(lines, '"accepted":1', '"accepted":2')`, "L5"},
	{"accepts what was sent back, and tells so", "return_requests events", `
		update return_requests set lines = replace(lines, '"sent_back":1', '"accepted":2') where wrong is not null;
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"sent_back":1', '"accepted":2'), 'UTF8') where subject like 'return-request/%'`, "L5"},
	{"keeps what nobody asked to send back, and tells so", "return_requests events", `
		update return_requests set wrong = replace(wrong, ',"sent_back":1', '');
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"item":"a hat","units":1,"sent_back":1', '"item":"a hat","units":1'), 'UTF8')`, "L1"},
	{"forgets by which request goods came back, and tells so", "returns events", `
		update returns set request = null;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), ',"request":"[^"]*"', ''), 'UTF8') where kind = 'ReturnAccepted'`, "L5"},
	{"says that a request brought back what a counter took, and tells so", "returns events", `
		update returns set request = (select id from return_requests order by id limit 1) where request is null and order_id is not null;
		update events e set body = convert_to(replace(convert_from(body, 'UTF8'), '"note":', '"request":"' || q.id || '","note":'), 'UTF8')
			from (select id from return_requests order by id limit 1) q where kind = 'ReturnAccepted' and convert_from(body, 'UTF8') not like '%"request":%'`, "L5"},
	{"takes a request to send goods back away", "return_requests", "delete from return_requests where state = 'REQUESTED'", "L9"},
	{"lets goods be sent back for longer, and tells so", "return_requests events", `
		update return_requests set expires_at = expires_at + interval '10 years';
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"expires_at":"20[0-9]', '"expires_at":"203'), 'UTF8')
			where subject like 'return-request/%'`, "L9"},
	{"says of what was looked at that it is for sale", "return_requests events", `
		update return_requests set lines = replace(lines, '"restocked":1', '"restocked":2');
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"restocked":1', '"restocked":2'), 'UTF8') where subject like 'return-request/%'`, "L1"},
	{"puts what was looked at on another shelf", "ledger_entries", `
		update ledger_entries e set to_account = 'available' from ledger_transactions t
			where t.location = e.location and t.id = e.transaction_id and t.kind = 'BY_POST' and e.to_account = 'damaged'`, "L1"},
	{"reads a request as of another day", "return_requests", "update return_requests set asked_at = asked_at - interval '1 day'", "L9"},

	{"puts something into a cart", "carts", `update carts set lines = replace(lines, '"quantity":1', '"quantity":2')`, "L9"},
	{"says of a cart that it was left behind before", "carts", "update carts set left_at = left_at - interval '1 hour'", "L9"},
	{"says of a cart that it was left behind later, and tells so", "carts events", `
		update carts set left_at = left_at + interval '10 years' where left_at is not null;
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"left_at":"20[0-9]', '"left_at":"203', 'g'), 'UTF8')
			where subject like 'cart/%'`, "L1"},
	{"says of somebody that she agreed to be reminded", "carts", "update carts set remind = true where remind is null and state = 'OPEN'", "L9"},
	{"has somebody reminded of what is in another cart, and tells so", "carts events", `
		update carts set remind = true where state = 'MERGED';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), ',"recorded_at"', ',"remind":true,"recorded_at"'), 'UTF8') where kind = 'CartMerged'`, "L1"},
	{"says that less is held for a cart, and tells so", "carts events", `
		update carts set lines = replace(lines, '"held":1', '"held":0') where holds is not null;
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"held":1', '"held":0'), 'UTF8') where subject like 'cart/%'`, "L4"},
	{"holds for a cart what is another's", "carts events holds", `
		update holds set owner = 'somebody' where owner like 'cart/%' and state = 'HELD';
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"owner":"cart/[^"]*"', '"owner":"somebody"'), 'UTF8') where kind = 'StockHeld'`, "L4"},
	{"takes a cart away", "carts", "delete from carts where state = 'OPEN' and order_id is not null", "L9"},
	{"gives a cart to somebody else, and tells so", "carts events", `
		update events e set body = convert_to(replace(convert_from(body, 'UTF8'), c.owner, 'device/0'), 'UTF8') from carts c where e.subject = 'cart/' || c.id;
		update carts set owner = 'device/0'`, "L1"},
	{"leaves something in a cart that was merged, and tells so", "carts events", `
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"lines":null', '"lines":[{"sku":"RED-42","quantity":1,"method":"SHIP"}]'), 'UTF8')
			where kind = 'CartMerged';
		update carts set lines = '[{"sku":"RED-42","quantity":1,"method":"SHIP"}]' where state = 'MERGED'`, "L1"},
	{"converts a cart to an order of somebody else, and tells so", "carts events", `
		update events e set body = convert_to(replace(convert_from(body, 'UTF8'), c.order_id::text, o.id::text), 'UTF8')
			from carts c, (select id from orders order by id limit 1) o where e.subject = 'cart/' || c.id and c.order_id is not null;
		update carts set order_id = (select id from orders order by id limit 1) where order_id is not null`, "L9"},
	{"tells of another cart that one was merged into", "events", `
		update events set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '"into":"[^"]*"', '"into":"0198c0de-0000-7000-8000-00000000000a"'), 'UTF8')
			where kind = 'CartMerged' and version = (select min(version) from events where kind = 'CartMerged')`, "L9"},

	{"forgets the number of a document", "names", "delete from names where kind = 'invoice'", "NAMES"},
	{"forgets the number of a gift card", "names", "delete from names where kind = 'gift_card'", "NAMES"},
	{"gives a gift card a second number", "names", `insert into names
		select kind, value || '2', entity, recorded_at, 0 from names where kind = 'gift_card'`, "NAMES"},
	{"gives a number to no card", "names", "update names set entity = gen_random_uuid() where kind = 'gift_card'", "NAMES"},
	{"forgets that a card was lost", "names", "delete from names where kind = 'lost_card'", "NAMES"},
	{"says that a card was lost before", "names", "update names set recorded_at = recorded_at - interval '1 second' where kind = 'lost_card'", "NAMES"},
	{"loses another number", "names", "update names set value = value || 'x' where kind = 'lost_card'", "NAMES"},
	{"loses the card of somebody else", "names", "update names set entity = gen_random_uuid() where kind = 'lost_card'", "NAMES"},
	{"loses the number that took its place", "names", `insert into names
		select 'lost_card', value, entity, recorded_at, 0 from names where kind = 'gift_card' order by length(value) desc limit 1`, "NAMES"},
	{"forgets how many numbers were lost", "balances", "update balances set replacements = null where replacements > 0", "NAMES"},
	{"numbers a gift card after it was sold", "names", "update names set recorded_at = now() where kind = 'gift_card'", "NAMES"},
	{"forgets that a ticket was replaced", "names", "delete from names where kind = 'replaced'", "NAMES"},
	{"says that another ticket was replaced", "names", "update names set value = gen_random_uuid() where kind = 'replaced'", "NAMES"},
	{"names something else", "names", "update names set kind = 'coupon' where kind = 'gift_card'", "NAMES"},
	{"uses a coupon less often", "coupon_counts", "update coupon_counts set used = used - 1", "L5"},
	{"counts a coupon at another time", "coupon_counts", "update coupon_counts set recorded_at = now() where customer is null", "L5"},
	{"counts the coupon of somebody else", "coupon_counts", "update coupon_counts set customer = gen_random_uuid() where customer is not null", "L5"},
	{"forgets how often a coupon was used", "coupon_counts", "delete from coupon_counts where customer is null", "L5"},
	{"forgets that a coupon was used", "coupon_counts coupon_uses", `update coupon_counts set used = 0, recorded_at = (select max(recorded_at) from coupon_uses where kind = 'GIVEN_BACK');
		delete from coupon_uses where order_id not in (select order_id from coupon_uses where kind = 'GIVEN_BACK')`, "L5"},
	{"gives a coupon back", "coupon_counts coupon_uses", `insert into coupon_uses select distinct on (count_id) count_id, 'GIVEN_BACK', order_id, recorded_at, 0
		from coupon_uses where order_id not in (select order_id from coupon_uses where kind = 'GIVEN_BACK'); update coupon_counts set used = used - 1`, "L5"},
	{"uses a coupon for an order without one", "coupon_counts coupon_uses", `insert into coupon_uses select c.id, 'USED', (select min(id::text)::uuid from orders), c.recorded_at, 0
		from coupon_counts c; update coupon_counts set used = used + 1`, "L5"},
	{"used a coupon at another time", "coupon_uses", "update coupon_uses set recorded_at = recorded_at - interval '1 second' where kind = 'USED'", "L5"},
	{"takes a purchase from a customer", "purchases", "delete from purchases where kind = 'RETURN'", "HISTORY"},
	{"gives a purchase to another customer", "purchases", "update purchases set customer = gen_random_uuid() where kind = 'INVOICE'", "HISTORY"},
	{"tells a customer of another day", "purchases", "update purchases set occurred_at = now() where kind = 'ORDER'", "HISTORY"},
}

package messages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

const (
	// schema is that of the jobs.
	schema = "jobs"
	// sendersMax is how many messages a process sends at once.
	sendersMax = 4
	// sendMax bounds one try.
	sendMax = 30 * time.Second
	// rescueAfter is when a try whose process is gone is over, and the next may begin.
	rescueAfter = 2 * time.Minute
	// triesMax and backoffFirst: pauses of 10 s, 20 s, 40 s and so on, together 11 hours.
	triesMax     = 13
	backoffFirst = 10 * time.Second
	// pollEvery is how often it is looked for something to send.
	pollEvery = 500 * time.Millisecond
	// stopMax is how long a stop waits for tries that are under way, before it cuts them off.
	stopMax = 5 * time.Second
	// problemMax is how much is kept of why a try failed, in bytes.
	problemMax = 500
)

// Reads is what is read of what happened, and of how things stand.
type Reads interface {
	EventsBetween(ctx context.Context, after, upTo int64, filter ledger.LogFilter, limit int) ([]ledger.LoggedEvent, error)
	// EventOf returns the event that told a version of a subject.
	EventOf(ctx context.Context, shard, subject string, version int64) (ledger.LoggedEvent, bool, error)
	OrdersByID(ctx context.Context, ids []retail.ID) ([]retail.Order, error)
	Fulfilment(ctx context.Context, location string, id retail.ID) (retail.Fulfilment, bool, error)
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	Cart(ctx context.Context, id retail.ID) (retail.Cart, bool, error)
	ReturnRequest(ctx context.Context, id retail.ID) (retail.ReturnRequest, bool, error)
	// Items returns what the catalogue knows of SKUs, in the order asked.
	Items(ctx context.Context, refs []retail.ItemRef, priceList string) ([]retail.Item, error)
	// ProductsByCode returns those products among some that are there, in any order.
	ProductsByCode(ctx context.Context, codes []string) ([]retail.Product, error)
}

// Codes makes the codes of pickups.
type Codes interface {
	Of(f retail.Fulfilment) string
}

// Links says where orders are paid by a link.
type Links interface {
	// URL is where the order is that was sent a link; empty: nowhere.
	URL(o retail.Order) string
}

// Sender sends a message that is written.
type Sender interface {
	// Send hands it over. An error that is Refused is for good; any other is tried again.
	Send(ctx context.Context, l Letter) error
}

// Refused is why a message will not be taken, however often it is tried.
type Refused struct{ Why error }

func (r Refused) Error() string { return r.Why.Error() }
func (r Refused) Unwrap() error { return r.Why }

// Config says how messages are sent.
type Config struct {
	// Email and Phone send by each medium; nil: it is not used.
	Email, Phone Sender
	// PublicURL is where the shop shows a customer her order, followed by its id; empty: messages have no link.
	PublicURL string
	// CartURL is where the shop shows customers their carts, to whoever is logged in or comes with the device; empty: messages of carts have
	// no link.
	CartURL string
	// Every is how often the log is looked at; 0: each second.
	Every time.Duration
	// Backoff is the first pause after a try that failed, and RescueAfter when a try whose process is gone is over; 0: the usual ones.
	Backoff, RescueAfter time.Duration
}

// Post is what tells customers: a follower of the log, and the jobs that send.
type Post struct {
	reads    Reads
	store    Store
	writer   writer
	media    map[retail.Medium]Sender
	client   *river.Client[pgx.Tx]
	follower *follower
	every    time.Duration
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// NewPost returns what tells customers; the jobs stand in the database of the pool.
func NewPost(c Config, reads Reads, store Store, pool *pgxpool.Pool, codes Codes, links Links, h *horizon.Horizon, log *slog.Logger) (*Post, error) {
	p := &Post{reads: reads, store: store, writer: writer{codes, links, c.PublicURL, c.CartURL}, media: map[retail.Medium]Sender{}, every: c.Every}
	if p.every == 0 {
		p.every = time.Second
	}
	if c.Email != nil {
		p.media[retail.MediumEmail] = c.Email
	}
	if c.Phone != nil {
		p.media[retail.MediumPhone] = c.Phone
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{post: p})
	backoff, rescue := c.Backoff, c.RescueAfter
	if backoff == 0 {
		backoff = backoffFirst
	}
	if rescue == 0 {
		rescue = rescueAfter
	}
	var err error
	p.client, err = river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: schema, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: sendersMax}}, Workers: workers,
		MaxAttempts: triesMax, RetryPolicy: doubling(backoff), JobTimeout: min(sendMax, rescue/2), RescueStuckJobsAfter: rescue,
		// Nobody listens: a notification takes a lock that all who commit one share. The role may not reindex.
		PollOnly: true, FetchPollInterval: pollEvery, ReindexerIndexNames: []string{},
		Logger: slog.New(quiet{log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	p.follower = &follower{reads: reads, store: store, horizon: h, log: log, media: p.media, enqueue: p.enqueue}
	return p, nil
}

// Start follows the log and sends until Stop.
func (p *Post) Start(ctx context.Context) error {
	ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := p.client.Start(ctx); err != nil {
		p.stop()
		return fmt.Errorf("messages: %w", err)
	}
	p.running.Go(func() { p.follower.run(ctx, p.every) })
	return nil
}

// Stop lets tries that are under way come to their end, for a while.
func (p *Post) Stop(ctx context.Context) error {
	soft, cancel := context.WithTimeout(ctx, stopMax)
	defer cancel()
	err := p.client.Stop(soft)
	if err != nil {
		err = p.client.StopAndCancel(ctx)
	}
	p.stop()
	p.running.Wait()
	return err
}

// job is what River keeps of a message: its id and nothing else.
type job struct {
	Message string `json:"message"`
}

// Kind names the sort of job.
func (job) Kind() string { return "message" }

func (p *Post) enqueue(ctx context.Context, tx pgx.Tx, m retail.Message) error {
	_, err := p.client.InsertTx(ctx, tx, job{m.ID.String()}, &river.InsertOpts{ScheduledAt: m.DueAt})
	return err
}

// doubling pauses twice as long after each try.
type doubling time.Duration

// NextRetry says when a job is tried again.
func (d doubling) NextRetry(j *rivertype.JobRow) time.Time {
	return time.Now().Add(time.Duration(d) << max(0, min(j.Attempt-1, 12)))
}

// worker sends what a job says.
type worker struct {
	river.WorkerDefaults[job]
	post *Post
}

// Work is one try.
func (w *worker) Work(ctx context.Context, j *river.Job[job]) error {
	id, err := retail.ParseID(j.Args.Message)
	if err != nil {
		return river.JobCancel(err)
	}
	m, found, err := w.post.store.Message(ctx, id)
	if err != nil {
		return err
	}
	if !found || m.State != retail.MessageQueued {
		return nil
	}
	m.Tries = int32(j.Attempt)
	problem := w.post.send(ctx, &m)
	switch refused := (Refused{}); {
	case problem == nil:
	case errors.As(problem, &refused) || j.Attempt >= j.MaxAttempts:
		m.State, m.Problem = retail.MessageFailed, trade.Cut(problem.Error(), problemMax)
	default:
		m.Problem = trade.Cut(problem.Error(), problemMax)
	}
	if err := w.post.store.Tried(ctx, m); err != nil {
		return err
	}
	if m.State == retail.MessageFailed {
		return river.JobCancel(problem)
	}
	return problem
}

// send sends a message, or finds that it is needless.
func (p *Post) send(ctx context.Context, m *retail.Message) error {
	skip := func(why string) error {
		m.State, m.Problem = retail.MessageSkipped, why
		return nil
	}
	sender := p.media[m.Medium]
	if sender == nil {
		return fmt.Errorf("nothing is configured that sends by %s", m.Medium)
	}
	contact, found, err := p.store.Contact(ctx, m.About())
	if err != nil {
		return err
	}
	to := contact.Email
	if m.Medium == retail.MediumPhone {
		to = contact.Phone
	}
	if !found || to == "" {
		return skip("there is no contact any more")
	}
	facts, why, err := p.factsOf(ctx, *m)
	if err != nil {
		return err
	}
	if why != "" {
		return skip(why)
	}
	letter, err := p.writer.write(*m, facts)
	if err != nil {
		return err
	}
	letter.To = to
	if err := sender.Send(ctx, letter); err != nil {
		return impersonal{err, to}
	}
	m.State, m.Problem = retail.MessageSent, ""
	return nil
}

// impersonal is why something was not sent, without where it went: who refuses it likes to say it back, and problems are kept and shown.
type impersonal struct {
	why error
	to  string
}

func (i impersonal) Error() string { return strings.ReplaceAll(i.why.Error(), i.to, "...") }
func (i impersonal) Unwrap() error { return i.why }

// facts are what a message is about.
type facts struct {
	told
	// before is the order as it was before what the event tells of it, where that is what the message is about.
	before retail.Order
	// asked is the return by post as it was before that.
	asked retail.ReturnRequest
	// now is the order as it stands, and work the handing over that the event is about.
	now  retail.Order
	work retail.Fulfilment
	// shop is where it was sold, place where it is handed over or came back.
	shop, place retail.Location
	// places are those that hand over lines instead of others, by their code.
	places map[string]retail.Location
	// ways are how the order is handed over, where that is what the message is about.
	ways []way
	// seller is who sells what is in a cart.
	seller string
	// names are what things are called in the language of the message, by their SKU.
	names map[string]named
}

// factsOf reads what a message is about, or says why it is needless.
func (p *Post) factsOf(ctx context.Context, m retail.Message) (f facts, needless string, err error) {
	events, err := p.reads.EventsBetween(ctx, m.Seq-1, m.Seq, ledger.LogFilter{}, 1)
	if err != nil {
		return f, "", err
	}
	if !m.Cart.IsZero() && len(events) > 0 {
		return p.factsOfCart(ctx, events[0], m.Language)
	}
	orders, err := p.reads.OrdersByID(ctx, []retail.ID{m.Order})
	if err != nil {
		return f, "", err
	}
	if len(events) == 0 || len(orders) == 0 {
		return f, "what it is about is not in the log", nil
	}
	f.now = orders[0]
	if f.told, err = readEvent(events[0]); err != nil {
		return f, "", err
	}
	if f.order, f.before, err = p.ordered(ctx, m.Kind, events[0], f.told); err != nil {
		return f, "", err
	}
	if !f.fulfilment.ID.IsZero() {
		if f.work, _, err = p.reads.Fulfilment(ctx, f.fulfilment.Location, f.fulfilment.ID); err != nil {
			return f, "", err
		}
	}
	if why := m.Kind.Needless(f.now, f.work, f.fulfilment, time.Now()); why != "" {
		return f, why, nil
	}
	if !f.request.ID.IsZero() {
		var now retail.ReturnRequest
		if f.asked, now, err = p.asked(ctx, events[0], f.request.ID); err != nil {
			return f, "", err
		}
		if why := f.request.Needless(m.Kind, f.asked, now, time.Now()); why != "" {
			return f, why, nil
		}
	}
	if m.Kind == retail.MessagePaymentLink && p.writer.links.URL(f.now) == "" {
		return f, "nothing is set up where it could be paid", nil
	}
	if f.shop, _, err = p.reads.Location(ctx, f.now.Location); err != nil {
		return f, "", err
	}
	var skus []string
	for _, line := range f.now.Lines {
		skus = append(skus, line.SKU)
	}
	if f.names, err = p.names(ctx, skus, m.Language); err != nil {
		return f, "", err
	}
	if m.Kind == retail.MessageOrderConfirmed {
		if f.ways, err = p.ways(ctx, f.order); err != nil {
			return f, "", err
		}
	}
	if m.Kind == retail.MessageRejected {
		f.places = map[string]retail.Location{}
		for _, line := range f.order.Lines {
			if line.InsteadOf != 0 && line.Method == retail.PickUp {
				if f.places[line.Location], _, err = p.reads.Location(ctx, line.Location); err != nil {
					return f, "", err
				}
			}
		}
	}
	f.place = f.shop
	switch {
	case f.work.Location != "":
		f.place, _, err = p.reads.Location(ctx, f.work.Location)
	case f.back.Location != "":
		f.place, _, err = p.reads.Location(ctx, f.back.Location)
	case f.request.Location != "":
		f.place, _, err = p.reads.Location(ctx, f.request.Location)
	}
	return f, "", err
}

// ordered is the order that an event tells of, as it was then, and for what is about units that are handed over no more, as it was before. That a
// pickup expired is told of the pickup, and what it was of in the same act of the order.
func (p *Post) ordered(ctx context.Context, kind retail.MessageKind, e ledger.LoggedEvent, t told) (then, before retail.Order, err error) {
	switch kind {
	case retail.MessagePickupExpired:
		of := retail.OrderPrefix + t.fulfilment.Order.String()
		near, err := p.reads.EventsBetween(ctx, e.Seq-actMax, e.Seq+actMax,
			ledger.LogFilter{Shard: t.fulfilment.Order.String(), Subject: of}, 2*actMax)
		if err != nil {
			return then, before, err
		}
		at := slices.IndexFunc(near, func(other ledger.LoggedEvent) bool { return other.Transaction == e.Transaction })
		if at < 0 {
			return then, before, fmt.Errorf("event %d: nothing is told of its order in its act", e.Seq)
		}
		e = near[at]
		body, _ := e.Body.(json.RawMessage)
		if err := json.Unmarshal(body, &then); err != nil {
			return then, before, fmt.Errorf("event %d: %w", e.Seq, err)
		}
	case retail.MessageCancelled, retail.MessageRejected, retail.MessageOrderExpired:
		then = t.order
	default:
		return t.order, before, nil
	}
	return then, before, p.before(ctx, e, &before)
}

// asked is a return by post as it was before an event, and as it is now.
func (p *Post) asked(ctx context.Context, e ledger.LoggedEvent, id retail.ID) (before, now retail.ReturnRequest, err error) {
	if err = p.before(ctx, e, &before); err == nil {
		now, _, err = p.reads.ReturnRequest(ctx, id)
	}
	return before, now, err
}

// before reads what an event is about as it was before, as others were told; of its first, nothing.
func (p *Post) before(ctx context.Context, e ledger.LoggedEvent, into any) error {
	was, found, err := p.reads.EventOf(ctx, e.Shard, e.Subject, e.Version-1)
	if err != nil || !found {
		return err
	}
	body, _ := was.Body.(json.RawMessage)
	if err = json.Unmarshal(body, into); err != nil {
		err = fmt.Errorf("event %d: %w", was.Seq, err)
	}
	return err
}

// factsOfCart does the same for a cart that was left behind.
func (p *Post) factsOfCart(ctx context.Context, e ledger.LoggedEvent, language string) (f facts, needless string, err error) {
	if f.told, err = readEvent(e); err != nil {
		return f, "", err
	}
	now, _, err := p.reads.Cart(ctx, f.cart.ID)
	if err != nil {
		return f, "", err
	}
	channel, _, err := p.reads.Channel(ctx, f.cart.Channel)
	if err != nil {
		return f, "", err
	}
	if why := f.cart.NeedlessReminder(now, channel); why != "" {
		return f, why, nil
	}
	f.seller = channel.Name
	if channel.SellingLocation != "" {
		if f.shop, _, err = p.reads.Location(ctx, channel.SellingLocation); err != nil {
			return f, "", err
		}
		f.seller = f.shop.Seller().Name
	}
	var skus []string
	for _, line := range f.cart.Lines {
		skus = append(skus, line.SKU)
	}
	f.names, err = p.names(ctx, skus, language)
	return f, "", err
}

// quiet leaves out what a library says of its work, and passes on what somebody must see.
type quiet struct{ slog.Handler }

// Enabled is true from warnings on.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

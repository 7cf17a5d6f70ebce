package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// Options say how long a run is and what happens in it.
type Options struct {
	// Seed is what the shop, the requests and the faults are drawn from. Processes run as they like, so that two runs of one
	// seed are alike and not the same.
	Seed uint64
	// Operations is how many requests the clients send, beside those that they look things up with.
	Operations int
	// Clients is how many act at once; 0: 16.
	Clients int
	// Without names the faults that do not happen; "all": none does.
	Without []string
	// Say takes progress; nil: nobody does.
	Say io.Writer
}

// Sizes of a run.
const (
	clientsDefault = 16
	faultLanes     = 3   // faults at once
	strikesMax     = 100 // tries until a fault strikes: another one may keep everybody waiting for many seconds
	watchers       = 2
	settleMax      = 30 * time.Second
	sayEvery       = 5 * time.Second
)

// Result is what came of a run.
type Result struct {
	Options  Options
	Shop     auditor.Shop
	History  *auditor.History
	Books    *auditor.Books
	Findings []auditor.Finding
	// Kinds are the faults that were to happen; Faults counts those that struck something, by name.
	Kinds  []string
	Faults map[string]int
	// Unarranged are the faults that this machine can't make, each with the reason.
	Unarranged []string
	Took       time.Duration
}

// simulation is a run on its way.
type simulation struct {
	Options
	cluster  *Cluster
	shop     auditor.Shop
	history  *auditor.History
	known    *known
	pace     *pace
	doors    []*grpc.ClientConn
	faults   []Fault
	watchers []*watcher
	// stockWatchers follow the stock, as watchers do the log.
	stockWatchers []*stockWatcher

	mu    sync.Mutex
	wrong []error
}

// Run trades, breaks things, and audits. It fails where the run could not be made; what the run found is in the result.
func Run(ctx context.Context, o Options) (result *Result, err error) {
	began := time.Now()
	if o.Clients == 0 {
		o.Clients = clientsDefault
	}
	if o.Say == nil {
		o.Say = io.Discard
	}
	r := &simulation{Options: o, history: &auditor.History{}, known: &known{}}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.trade(ctx); err != nil {
		return nil, err
	}
	result = &Result{
		Options: o, Shop: r.shop, History: r.history, Faults: r.cluster.Struck(), Unarranged: r.cluster.Unarranged(),
	}
	for _, fault := range r.faults {
		result.Kinds = append(result.Kinds, fault.Name)
	}
	if err := r.settle(ctx, result, began); err != nil {
		return nil, err
	}
	result.Took = time.Since(began)
	return result, nil
}

// open starts the cluster and furnishes the shop.
func (r *simulation) open(ctx context.Context) (err error) {
	if r.cluster, err = StartCluster(ctx, ClusterOptions{}); err != nil {
		return err
	}
	for i := range r.cluster.Servers() {
		door, err := r.cluster.Dial(i)
		if err != nil {
			return errors.Join(err, r.close())
		}
		r.doors = append(r.doors, door)
	}
	for _, fault := range r.cluster.Faults() {
		if !slices.Contains(r.Without, fault.Name) && !slices.Contains(r.Without, "all") {
			r.faults = append(r.faults, fault)
		}
	}
	r.pace = newPace(r.Operations, len(r.faults))
	r.shop = NewShop(r.source(0))
	furnisher := r.client(0)
	furnisher.patient = true
	if err := furnish(ctx, r.shop, furnisher); err != nil {
		return errors.Join(err, r.close())
	}
	return nil
}

func (r *simulation) close() error {
	var wrong []error
	for _, door := range r.doors {
		wrong = append(wrong, door.Close())
	}
	return errors.Join(append(wrong, r.cluster.Stop())...)
}

// source is a random source of the run: 0 for the shop and its furnishing, then one for each client, and behind them others.
func (r *simulation) source(n int) *rand.Rand { return rand.New(rand.NewPCG(r.Seed, uint64(n))) }

func (r *simulation) client(n int) *client {
	return &client{number: n, rand: r.source(n), history: r.history, doors: r.doors, keys: r.cluster.Key}
}

// trade lets clients, faults and watchers loose until the operations are done.
func (r *simulation) trade(ctx context.Context) error {
	var trading, breaking, watching sync.WaitGroup
	life, stop := context.WithCancel(ctx)
	defer stop()
	for n := range watchers {
		w := &watcher{rand: r.source(-1 - n), doors: r.doors, secret: r.cluster.Key("staff")}
		r.watchers = append(r.watchers, w)
		watching.Go(func() { w.follow(life) })
		stock := &stockWatcher{
			rand: r.source(-11 - n), doors: r.doors, secret: w.secret, last: map[auditor.Position]auditor.Level{},
		}
		r.stockWatchers = append(r.stockWatchers, stock)
		watching.Go(func() { stock.follow(life) })
	}
	watching.Go(func() { r.progress(life) })
	for n := 1; n <= r.Clients; n++ {
		t := &trader{client: r.client(n), shop: r.shop, known: r.known, life: ctx}
		trading.Go(func() {
			for r.pace.operation() {
				t.trade()
			}
		})
	}
	for lane := range min(faultLanes, len(r.faults)) {
		breaking.Go(func() { r.breakThings(ctx, lane) })
	}
	over := context.AfterFunc(ctx, r.pace.end)
	defer over()
	trading.Wait()
	r.pace.end()
	breaking.Wait()
	stop()
	watching.Wait()
	return errors.Join(append(r.wrong, ctx.Err())...)
}

// breakThings makes every so manyth fault of the run. In each round the kinds come in an order of their own.
func (r *simulation) breakThings(ctx context.Context, lane int) {
	source := r.source(-100 - lane)
	for n := lane; r.pace.fault(n); n += faultLanes {
		order := r.source(-1000 - n/len(r.faults)).Perm(len(r.faults))
		fault := r.faults[order[n%len(r.faults)]]
		if err := r.make(ctx, fault, source); err != nil {
			r.mu.Lock()
			r.wrong = append(r.wrong, fmt.Errorf("make the fault %q: %w", fault.Name, err))
			r.mu.Unlock()
			r.pace.end()
			return
		}
		r.pace.faultOver()
	}
}

// make makes a fault until it has struck something: a line that nobody uses at the moment can't be cut.
func (r *simulation) make(ctx context.Context, fault Fault, source *rand.Rand) error {
	for range strikesMax {
		r.history.Note(fault.Name + " begins")
		struck, err := fault.Run(ctx, source)
		r.history.Note(fault.Name + " is over")
		if struck || err != nil {
			return err
		}
		r.pace.hunger()
	}
	return nil
}

// progress says how far the run is.
func (r *simulation) progress(ctx context.Context) {
	began, tick := time.Now(), time.NewTicker(sayEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		operations, faults := r.pace.done()
		left := time.Duration(0)
		if operations > 0 {
			left = time.Since(began) * time.Duration(r.Operations-operations) / time.Duration(operations)
		}
		fmt.Fprintf(r.Say, "seed %d: %d of %d operations, %d faults, %s left\n", r.Seed, operations, r.Operations, faults, left.Round(time.Second))
	}
}

// answered asks at every door until it answers: that a line was cut while nobody used it is known only when somebody does, and is nothing that
// whoever reads after the faults should find.
func (r *simulation) answered(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+r.cluster.Key("staff")), settleMax)
	defer cancel()
	for n, door := range r.doors {
		for {
			_, err := stockpb.NewStockServiceClient(door).GetAvailability(ctx, &stockpb.GetAvailabilityRequest{Skus: []string{r.shop.Items[0].SKU}})
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return fmt.Errorf("server %d does not answer after the faults: %w", n, err)
			}
			wait(ctx, restBetween)
		}
	}
	return nil
}

// settle waits until everything is done that was begun, reads the books and audits.
func (r *simulation) settle(ctx context.Context, result *Result, began time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, 10*settleMax)
	defer cancel()
	if err := r.answered(ctx); err != nil {
		return err
	}
	newest, err := r.cluster.Events(ctx)
	if err != nil {
		return err
	}
	for _, w := range r.watchers {
		if err := w.catchUp(ctx, newest); err != nil {
			return err
		}
	}
	var late []auditor.Finding
	for _, w := range r.stockWatchers {
		if err := w.catchUp(ctx, r.shop); err != nil {
			late = append(late, auditor.Finding{Rule: "a watcher of the stock does not come to what is there", Text: err.Error()})
		}
	}
	explained, err := r.explain(ctx, began)
	if err != nil {
		late = append(late, auditor.Finding{Rule: "a number is not explained", Text: err.Error()})
	}
	if err := r.cluster.settlePayments(ctx); err != nil {
		late = append(late, auditor.Finding{Rule: "a payment is never answered", Text: err.Error()})
	}
	if err := r.cluster.Close(); err != nil { // answers what is in line, so that the books are final
		return err
	}
	if result.Books, err = auditor.ReadBooks(ctx, r.cluster.OwnerURL()); err != nil {
		return fmt.Errorf("read the books: %w", err)
	}
	result.Findings = append(auditor.Audit(r.shop, r.history, result.Books), auditHonest(r.history)...)
	result.Findings = append(result.Findings, late...)
	result.Findings = append(result.Findings, auditBank(r.cluster.bank.Book(), result.Books)...)
	for _, w := range r.watchers {
		result.Findings = append(result.Findings, auditWatch(w, result.Books)...)
	}
	for _, w := range r.stockWatchers {
		result.Findings = append(result.Findings, auditWatchedStock(w, result.Books)...)
	}
	result.Findings = append(result.Findings, auditExplained(explained, result.Books)...)
	if err := r.houseAudit(ctx, result, began); err != nil {
		return err
	}
	for _, alarm := range r.cluster.Alarms() {
		result.Findings = append(result.Findings, auditor.Finding{Rule: "a server raises an alarm", Text: alarm})
	}
	deadlocks, err := r.cluster.Deadlocks()
	if err != nil {
		return err
	}
	for _, deadlock := range deadlocks {
		result.Findings = append(result.Findings, auditor.Finding{Rule: "locks are taken without order", Text: deadlock})
	}
	return nil
}

// houseAudit is what `aisle audit` says, and what the house's reports tell of the final books.
func (r *simulation) houseAudit(ctx context.Context, result *Result, began time.Time) error {
	db, err := postgres.Open(ctx, postgres.Config{URL: r.cluster.DatabaseURL(), Writers: 1, Readers: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	findings, _, err := db.Audit(ctx, postgres.AuditOptions{})
	if err != nil {
		return fmt.Errorf("aisle audit: %w", err)
	}
	for _, finding := range findings {
		result.Findings = append(result.Findings, auditor.Finding{Rule: "aisle audit", Text: fmt.Sprint(finding)})
	}
	owed, err := readSettled(ctx, db, began.Add(time.Since(began)/2).Truncate(time.Microsecond))
	if err != nil {
		return err
	}
	returned, err := readReturned(ctx, db)
	if err != nil {
		return err
	}
	result.Findings = append(result.Findings, auditSettled(owed, result.Books)...)
	result.Findings = append(result.Findings, auditReturned(returned, result.Books)...)
	return nil
}

// Summary counts what happened.
func (r *Result) Summary() string {
	outcomes, accepted, refused := map[auditor.Outcome]int{}, map[string]int{}, map[string]int{}
	for _, call := range r.History.Calls() {
		outcomes[call.Outcome]++
		if call.Outcome == auditor.Acknowledged {
			accepted[auditor.ShortName(call.Method)]++
		} else if call.Outcome == auditor.Refused {
			refused[call.Reason]++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d calls in %s: %d acknowledged, %d refused, %d unknown; %d acts, %d records of demand, %d events in the books; %d findings\n",
		r.Options.Seed, len(r.History.Calls()), r.Took.Round(time.Second), outcomes[auditor.Acknowledged], outcomes[auditor.Refused], outcomes[auditor.Unknown],
		len(r.Books.Acts), len(r.Books.Demands), len(logOf(r.Books)), len(r.Findings))
	fmt.Fprintf(&b, "  acknowledged: %s\n  refused: %s\n  faults: %s\n", counts(accepted), counts(refused), counts(r.Faults))
	for _, why := range r.Unarranged {
		fmt.Fprintf(&b, "  not arranged here: %s\n", why)
	}
	return b.String()
}

// counts prints a map, in order.
func counts(m map[string]int) string {
	var all []string
	for name, n := range m {
		if name == "" {
			name = "(no reason)"
		}
		all = append(all, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

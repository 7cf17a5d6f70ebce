package imports

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	fulfilmentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnsv1 "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// The formats.
const (
	FormatAisle           = "aisle"
	FormatShopify         = "shopify"
	FormatCompleteJourney = "complete-journey"
	FormatOnlineRetail    = "online-retail"
)

// Formats are all formats there are.
var Formats = []string{FormatAisle, FormatCompleteJourney, FormatOnlineRetail, FormatShopify}

// Limits of Options.Workers.
const (
	workersDefault = 64
	workersMax     = 1024
)

// Options say what to import and where to. What a format does not need it does not look at.
type Options struct {
	// Format is one of Formats.
	Format string
	// Files are the paths of the files, packed with gzip or not.
	Files []string
	// RejectFile is where rejected lines are written, as CSV; empty: the first file's name with .rejects.csv in place of its
	// endings, in the working directory.
	RejectFile string
	// Progress is told how far it is and at the end the summary; nil: nobody is.
	Progress io.Writer
	// Workers is how many requests are under way at once; 0: 64.
	Workers int

	// Location is where a shopify import receives its stock, and the warehouse of online-retail; empty: "shopify",
	// "online-retail-warehouse".
	Location string
	// Channel is through which complete-journey and online-retail sell; empty: the format's name. The web shop of online-retail has
	// its book under the same code.
	Channel string
	// PriceList is where prices are put, or that the channel sells from; empty: the format's name.
	PriceList string
	// TaxCategory is that of every product; empty: "standard" for shopify, else "untaxed".
	TaxCategory string
	// Currency of prices and of places that are created; empty: USD, and GBP for online-retail.
	Currency string
	// TaxIncluded tells whether the prices of a price list that is created include tax. Stores in Europe: true. Those of
	// online-retail do.
	TaxIncluded bool
	// Jurisdiction whose taxes apply at places that are created; empty: "US" for shopify, "US-CJ" for complete-journey,
	// "GB-OR" for online-retail.
	Jurisdiction string
	// TimeZone of places that are created, and of the clock in the file; empty: "UTC" for shopify, "America/New_York" for
	// complete-journey, "Europe/London" for online-retail.
	TimeZone string
}

// defaults are what the formats take for what Options leave empty.
var defaults = map[string]Options{
	FormatAisle: {},
	FormatShopify: {
		Location: "shopify", PriceList: "shopify", TaxCategory: "standard", Currency: "USD", Jurisdiction: "US", TimeZone: "UTC",
	},
	FormatCompleteJourney: {
		Channel: "complete-journey", PriceList: "complete-journey", TaxCategory: "untaxed", Currency: "USD", Jurisdiction: "US-CJ",
		TimeZone: "America/New_York",
	},
	FormatOnlineRetail: {
		Location: "online-retail-warehouse", Channel: "online-retail", PriceList: "online-retail", TaxCategory: "untaxed",
		Currency: "GBP", Jurisdiction: "GB-OR", TimeZone: "Europe/London",
	},
}

// complete fills in what was left empty.
func (o Options) complete() (Options, error) {
	standard, ok := defaults[o.Format]
	if !ok {
		return o, fmt.Errorf("there is no format %q; there are %s", o.Format, strings.Join(Formats, ", "))
	}
	for _, field := range []struct{ given, standard *string }{
		{&o.Location, &standard.Location}, {&o.Channel, &standard.Channel}, {&o.PriceList, &standard.PriceList},
		{&o.TaxCategory, &standard.TaxCategory}, {&o.Currency, &standard.Currency},
		{&o.Jurisdiction, &standard.Jurisdiction}, {&o.TimeZone, &standard.TimeZone},
	} {
		if *field.given == "" {
			*field.given = *field.standard
		}
	}
	if o.Workers == 0 {
		o.Workers = workersDefault
	}
	if o.Workers < 1 || o.Workers > workersMax {
		return o, fmt.Errorf("workers must be 1 to %d", workersMax)
	}
	return o, nil
}

// run is one import under way.
type run struct {
	Options
	conn    *patient
	sources []source
	window  *window
	report  *Report
	rejects *rejectFile // nil: rejects are kept in the report only
	meter   *meter

	catalog     catalogv1.CatalogServiceClient
	locations   locationsv1.LocationServiceClient
	stock       stockv1.StockServiceClient
	orders      ordersv1.OrderServiceClient
	fulfilments fulfilmentsv1.FulfilmentServiceClient
	returns     returnsv1.ReturnServiceClient
}

// Run imports files through the API. It is safe to run again after whatever ended it, with the same files and the same
// key: what was done has no second effect, and what was not is done now. An error means that it did not come to the end;
// lines that were rejected are no error, and are counted in the report.
func Run(ctx context.Context, conn grpc.ClientConnInterface, o Options) (Report, error) {
	o, err := o.complete()
	if err != nil {
		return Report{}, err
	}
	if len(o.Files) == 0 {
		return Report{}, fmt.Errorf("there is no file to import")
	}
	sources, err := sourcesOf(o.Files)
	if err != nil {
		return Report{}, err
	}
	if o.RejectFile == "" {
		o.RejectFile = sources[0].stem() + ".rejects.csv"
	}
	rejects, err := newRejectFile(o.RejectFile)
	if err != nil {
		return Report{}, err
	}
	r := newRun(ctx, conn, o, sources)
	r.rejects = rejects
	return r.carryOut(func(ctx context.Context) error {
		switch o.Format {
		case FormatShopify:
			return r.shopify(ctx)
		case FormatCompleteJourney:
			return r.journey(ctx)
		case FormatOnlineRetail:
			return r.online(ctx)
		default:
			return r.aisle()
		}
	})
}

func newRun(ctx context.Context, conn grpc.ClientConnInterface, o Options, sources []source) *run {
	p := &patient{ClientConnInterface: conn}
	r := &run{
		Options: o, conn: p, sources: sources, window: newWindow(ctx, o.Workers),
		report: &Report{Format: o.Format, RejectFile: o.RejectFile}, meter: newMeter(o.Progress, p),
		catalog: catalogv1.NewCatalogServiceClient(p), locations: locationsv1.NewLocationServiceClient(p),
		stock: stockv1.NewStockServiceClient(p), orders: ordersv1.NewOrderServiceClient(p),
		fulfilments: fulfilmentsv1.NewFulfilmentServiceClient(p), returns: returnsv1.NewReturnServiceClient(p),
	}
	for _, s := range sources {
		r.report.Files = append(r.report.Files, FileReport{Path: s.path})
	}
	return r
}

// carryOut does the import and closes everything.
func (r *run) carryOut(format func(ctx context.Context) error) (Report, error) {
	began := time.Now()
	r.meter.start()
	err := format(r.window.ctx)
	r.window.close()
	r.meter.stop()
	if r.rejects != nil {
		if closed := r.rejects.close(); err == nil {
			err = closed
		}
	}
	r.report.Requests, r.report.Retries = r.conn.requests.Load(), r.conn.retries.Load()
	r.report.Took = time.Since(began)
	if err == nil && r.Progress != nil {
		_, err = io.WriteString(r.Progress, r.report.String())
	}
	return *r.report, err
}

// imported settles lines that were imported.
func (r *run) imported(lines ...origin) {
	for _, line := range lines {
		r.report.Imported++
		r.report.Lines++
		if line.file < len(r.report.Files) {
			r.report.Files[line.file].Imported++
		}
	}
	r.meter.settled.Add(int64(len(lines)))
}

// reject settles lines that were not imported.
func (r *run) reject(rejects ...Reject) error {
	for _, reject := range rejects {
		r.report.Rejected++
		r.report.Lines++
		if at := slices.IndexFunc(r.report.Files, func(f FileReport) bool { return f.Path == reject.File }); at >= 0 {
			r.report.Files[at].Rejected++
		}
	}
	r.meter.settled.Add(int64(len(rejects)))
	return r.write(rejects...)
}

// partly settles what was left out of lines that were imported.
func (r *run) partly(rejects ...Reject) error {
	r.report.Partly += int64(len(rejects))
	return r.write(rejects...)
}

func (r *run) write(rejects ...Reject) error {
	for _, reject := range rejects {
		if len(r.report.Rejects) < rejectsKept {
			r.report.Rejects = append(r.report.Rejects, reject)
		}
		if r.rejects == nil {
			continue
		}
		if err := r.rejects.write(reject); err != nil {
			return fmt.Errorf("writing the reject file: %w", err)
		}
	}
	return nil
}

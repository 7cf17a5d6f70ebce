package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/aisle-retail/aisle/services/postgres"
)

// The chain: as many places as the shop has, and a hundred or a thousand times as many articles at each of them.
const (
	chainDatabaseName  = "aisle_bench_chain"
	chainArticles      = 100_000 // 10 million positions
	chainArticlesQuick = 10_000  // 1 million positions
	// chainVariants is how many variants a product of the chain has: an option has no more values.
	chainVariants = 200
	// unitsChain is how many units stand at each position of the chain.
	unitsChain = 1000
)

// chain is a second shop on the same Postgres, in a database of its own, with a server of its own: how much slower is all of it
// where there is a thousand times as much?
type chain struct {
	*served
	conn     *pgx.Conn
	articles []string
	// filled is how many of the places have stock.
	filled int
	// delivered is the rows that one delivery left behind, by table, as COPY writes them.
	delivered map[string][]byte
}

// startChain makes the chain: its catalogue and its places through the contract, its stock by COPY.
func (s *stage) startChain(ctx context.Context, o Options) error {
	n := chainArticlesQuick
	if o.Large {
		n = chainArticles
	}
	url := s.server.URL(chainDatabaseName)
	if _, err := postgres.Migrate(ctx, url); err != nil {
		return err
	}
	s.chain = &chain{articles: numbered("sku-%06d", n), filled: places}
	if o.filled > 0 {
		s.chain.filled = o.filled
	}
	var err error
	if s.chain.conn, err = pgx.Connect(ctx, url); err != nil {
		return err
	}
	if s.chain.served, err = serve(ctx, o, url); err != nil {
		return err
	}
	if err := s.chain.load(ctx, o.Out); err != nil {
		return fmt.Errorf("load the chain: %w", err)
	}
	if err := s.chain.firstDelivery(ctx); err != nil {
		return fmt.Errorf("take a first delivery: %w", err)
	}
	return nil
}

func (c *chain) load(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "Loading %d positions of a chain.\n", c.filled*len(c.articles))
	known := c.authorised(ctx)
	if err := c.putTaxes(known); err != nil {
		return err
	}
	group, putting := errgroup.WithContext(known)
	group.SetLimit(connections)
	for from := 0; from < len(c.articles); from += chainVariants {
		group.Go(func() error {
			return c.putProduct(putting, fmt.Sprintf("shirt-%06d", from), c.articles[from:min(from+chainVariants, len(c.articles))])
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := c.putPlaces(known); err != nil {
		return err
	}
	return c.copyLevels(ctx, out)
}

// levelColumns are what the loader fills. The other accounts are empty, and the seals are nobody's: no audit looks here.
var levelColumns = []string{"location", "sku", "available", "held", "committed", "inspection", "damaged", "quarantine", "incoming",
	"version", "recorded_at", "seal"}

// copyLevels fills the shelves, a place at a time.
func (c *chain) copyLevels(ctx context.Context, out io.Writer) error {
	began, said := time.Now(), time.Now()
	for i, place := range placeCodes[:c.filled] {
		next := 0
		rows := pgx.CopyFromFunc(func() ([]any, error) {
			if next == len(c.articles) {
				return nil, nil
			}
			next++
			return []any{place, c.articles[next-1], unitsChain, 0, 0, 0, 0, 0, 0, 1, began, 0}, nil
		})
		if _, err := c.conn.CopyFrom(ctx, pgx.Identifier{"stock_levels"}, levelColumns, rows); err != nil {
			return err
		}
		if time.Since(said) > 5*time.Second {
			said = time.Now()
			left := time.Since(began) * time.Duration(c.filled-i-1) / time.Duration(i+1)
			fmt.Fprintf(out, "%d of %d places, %s left\n", i+1, c.filled, left.Round(time.Second))
		}
	}
	for _, sql := range []string{"vacuum analyze", "checkpoint"} {
		if _, err := c.conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// anyArticle draws one of the chain's articles.
func (c *chain) anyArticle() string { return c.articles[rand.N(len(c.articles))] }

// close stops what was started, which may be nothing.
func (c *chain) close() error {
	if c == nil {
		return nil
	}
	err := c.served.close()
	if c.conn != nil {
		err = errors.Join(err, c.conn.Close(context.Background()))
	}
	return err
}

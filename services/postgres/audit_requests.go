package postgres

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// No index leads from a request to its transaction, and there are as many requests as transactions. So both are summed by
// buckets of the request's id, and only where the sums differ are ids compared one by one. What was recorded shortly before
// the audit began is compared by id in any case: a transaction may be under way then, and stand on one side only.

const (
	// bucketCount is how finely requests are told apart before they are compared: at 50 million requests a bucket has 760.
	bucketCount = 1 << 16

	// suspectsMax is how many buckets are compared by id in one go.
	suspectsMax = 64
)

// requestTally compares the requests with the transactions made for them.
type requestTally struct {
	// until is when the audit began; what was recorded later is left for the next one, and what was recorded after recent is
	// compared by id.
	until, recent time.Time
	sums          []uint64
	// exact is the transaction of each request that is compared by id, absent until it is seen.
	exact map[retail.ID]retail.ID
	// suspects are the buckets compared by id in the second pass.
	suspects map[uint16]bool
	// twice are transactions for a request that has another one.
	twice []retail.Header
}

// wants tells whether a request is compared by id.
func (t *requestTally) wants(id retail.ID, recordedAt time.Time) bool {
	return recordedAt.After(t.recent) || t.suspects[bucketOf(id)]
}

// bucketOf spreads ids evenly, whatever their version: some bits of an id are its version, and some are the time.
func bucketOf(id retail.ID) uint16 { return uint16(hashOf(id)) }

func hashOf(id retail.ID) uint64 {
	s := newSeal()
	s.add(0, id[:])
	return mix(uint64(s))
}

// request counts a request in.
func (t *requestTally) request(id retail.ID, recordedAt time.Time) {
	switch {
	case recordedAt.After(t.until):
	case t.wants(id, recordedAt):
		t.exact[id] = retail.ID{}
	default:
		t.sums[bucketOf(id)] += hashOf(id)
	}
}

// transaction counts the transaction of a request out. One transaction may have headers in several books: their bucket is
// then compared by id.
func (t *requestTally) transaction(h retail.Header) {
	switch {
	case h.RecordedAt.After(t.until):
	case t.wants(h.RequestID, h.RecordedAt):
		seen, asked := t.exact[h.RequestID]
		switch {
		case !asked: // it has no request, which proveRequestOf says
		case seen.IsZero():
			t.exact[h.RequestID] = h.ID
		case seen != h.ID:
			t.twice = append(t.twice, h)
		}
	default:
		t.sums[bucketOf(h.RequestID)] -= hashOf(h.RequestID)
	}
}

// proveRequestOf proves that a transaction was asked for (L8).
func (a *audit) proveRequestOf(h retail.Header, beside besideHeaders) {
	key := idText(h.Location, h.ID)
	recordedAt, found := beside.requests[h.RequestID]
	switch {
	case !found:
		a.broken("L8", transactionsTable, key, "its request %s is not there", h.RequestID)
	case !recordedAt.Equal(h.RecordedAt):
		a.broken("L8", transactionsTable, key, "it was recorded at %s, and its request at %s", h.RecordedAt, recordedAt)
	}
	a.requests.transaction(h)
}

// tallyRequests reads the requests, before the transactions are read: for each request seen, its transaction will be.
func (a *audit) tallyRequests(ctx context.Context) error {
	a.requests = &requestTally{sums: make([]uint64, bucketCount), exact: map[retail.ID]retail.ID{}}
	err := a.snapshot(ctx, func(s *snapshot) error {
		found, err := s.query("select clock_timestamp()", nil)
		if err == nil {
			a.requests.until = found[0].time()
			a.requests.recent = a.requests.until.Add(-a.limits.recent)
		}
		return err
	})
	if err != nil {
		return err
	}
	f := family{root: requestsTable}
	for page, err := range a.pages(ctx, f, nil, 0, nil) {
		if err != nil {
			return err
		}
		for _, m := range a.verify(f, page, "L8", "requests") {
			a.requests.request(readRequest(m.root))
		}
	}
	return nil
}

func compareIDs(a, b retail.ID) int { return bytes.Compare(a[:], b[:]) }

func readRequest(row *record) (retail.ID, time.Time) {
	id := (&record{values: row.values}).id()
	return id, (&record{values: row.values, at: 3}).time()
}

// settleRequests looks at what was compared by id, and compares those buckets by id whose sums differ.
func (a *audit) settleRequests(ctx context.Context) error {
	t := a.requests
	a.settleExact()
	t.suspects = map[uint16]bool{}
	for bucket, sum := range t.sums {
		if sum != 0 && len(t.suspects) < suspectsMax {
			t.suspects[uint16(bucket)] = true
		}
	}
	if len(t.suspects) == 0 {
		return nil
	}
	for page, err := range a.pages(ctx, family{root: requestsTable}, nil, 0, nil) {
		if err != nil {
			return err
		}
		for _, m := range page {
			if id, recordedAt := readRequest(m.root); t.suspects[bucketOf(id)] {
				t.request(id, recordedAt)
			}
		}
	}
	for page, err := range a.pages(ctx, family{root: transactionsTable}, nil, 0, nil) {
		if err != nil {
			return err
		}
		for _, m := range page {
			h, _ := readHeader(member{root: m.root, children: [][]*record{nil}})
			if t.suspects[bucketOf(h.RequestID)] {
				t.transaction(h)
			}
		}
	}
	a.settleExact()
	return nil
}

// settleExact says which of the requests that were compared by id have no transaction or two (L8).
func (a *audit) settleExact() {
	t := a.requests
	for _, id := range slices.SortedFunc(maps.Keys(t.exact), compareIDs) {
		if t.exact[id].IsZero() {
			a.broken("L8", requestsTable, id.String(), "it was carried out, and no transaction is for it")
		}
	}
	for _, h := range t.twice {
		a.broken("L8", transactionsTable, idText(h.Location, h.ID), "its request %s has another transaction", h.RequestID)
	}
	t.exact, t.twice = map[retail.ID]retail.ID{}, nil
}

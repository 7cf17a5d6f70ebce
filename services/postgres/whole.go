package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

// whole registers a kind of row that lives in one table and is replaced whole, as all master data is. What read reads,
// write writes, in the order of the columns.
func whole[R retail.Row](key retail.Table, t table, read func(*record) (R, error), write func(*rows, R)) *stored {
	return register(key, &stored{
		table: t,
		load:  func(r *record, _ [][]*record) (retail.Row, error) { return read(r) },
		save: func(w *writer, before, after retail.Row) error {
			row, ok := after.(R)
			if !ok {
				return fmt.Errorf("%T is not a row of %s", after, t.name)
			}
			if before == nil {
				write(w.insert(t), row)
			} else {
				write(w.update(t), row)
			}
			return nil
		},
	})
}

// and adds what is written with a row beside it.
func (s *stored) and(write func(w *writer, after retail.Row)) *stored {
	save := s.save
	s.save = func(w *writer, before, after retail.Row) error {
		err := save(w, before, after)
		if err == nil {
			write(w, after)
		}
		return err
	}
	return s
}

// families reads rows of a kind by one statement and, by one for each of its children, what belongs to them in a second round trip, all
// as of one moment.
func families[R retail.Row](
	ctx context.Context, db *DB, kind *stored, children []string, statement string, params ...[]byte,
) ([]R, error) {
	l := &load{kind: kind, children: make([]map[string][]*record, len(children))}
	keys := kind.table.keys(kind.table.key)
	err := db.readWhole(ctx, func(p *pipeline) {
		p.queue(statement, params, each(func(r *record) error {
			root := copyRecord(r.values)
			l.roots = append(l.roots, root)
			for _, value := range root.values[:kind.table.key] {
				keys.put(value)
			}
			keys.end()
			return nil
		}))
	}, func(p *pipeline) {
		if len(l.roots) == 0 {
			return
		}
		for i, statement := range children {
			l.children[i] = map[string][]*record{}
			p.queue(statement, keys.params(), each(func(r *record) error {
				child := copyRecord(r.values)
				parent := keyOf(child, kind.table.key)
				l.children[i][parent] = append(l.children[i][parent], child)
				return nil
			}))
		}
	})
	if err != nil {
		return nil, err
	}
	found := make([]R, 0, len(l.roots))
	for _, root := range l.roots {
		row, err := l.one(root)
		if err != nil {
			return nil, err
		}
		found = append(found, row.(R))
	}
	return found, nil
}

// all reads every row that a statement answers with.
func all[R any](ctx context.Context, db *DB, statement string, read func(*record) (R, error), params ...[]byte) ([]R, error) {
	var found []R
	err := db.read(ctx, func(p *pipeline) {
		p.queue(statement, params, each(func(r *record) error {
			row, err := read(r)
			found = append(found, row)
			return err
		}))
	})
	return found, err
}

// one reads the one row that a statement answers with, if it does.
func one[R any](
	ctx context.Context, db *DB, statement string, read func(*record) (R, error), params ...[]byte,
) (row R, found bool, err error) {
	matching, err := all(ctx, db, statement, read, params...)
	if err != nil || len(matching) == 0 {
		return row, false, err
	}
	return matching[0], true, nil
}

// json reads a column of JSON.
func (r *record) json(into any) error { return json.Unmarshal(r.next(), into) }

// jsonOrNone reads JSON; null leaves what is there.
func (r *record) jsonOrNone(into any) error {
	if r.isNull() {
		r.next()
		return nil
	}
	return r.json(into)
}

package imports

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
)

// entry is a record with the line it came from, or what is wrong with that line.
type entry struct {
	Record
	origin origin
	fault  *Reject
}

// Apply carries out records through the API, as Run does with those of a file. What is rejected is in the report; where
// Options.RejectFile is set, it is in that file too.
func Apply(ctx context.Context, conn grpc.ClientConnInterface, records iter.Seq[Record], o Options) (Report, error) {
	o.Format = FormatAisle
	o, err := o.complete()
	if err != nil {
		return Report{}, err
	}
	r := newRun(ctx, conn, o, nil)
	if o.RejectFile != "" {
		if r.rejects, err = newRejectFile(o.RejectFile); err != nil {
			return Report{}, err
		}
	}
	return r.carryOut(func(context.Context) error {
		return r.apply(func(yield func(entry, error) bool) {
			number := 0
			for record := range records {
				number++
				if !yield(entry{Record: record, origin: origin{path: "records", number: number, text: record.Method + " " + record.Key}}, nil) {
					return
				}
			}
		})
	})
}

// lineBytesMax is the longest line of the aisle format: what a gRPC server takes by default.
const lineBytesMax = 4 << 20

// aisle imports files of the aisle format.
func (r *run) aisle() error {
	for _, s := range r.sources {
		r.meter.total.Add(s.bytes)
	}
	return r.apply(r.entries())
}

// entries reads the lines of all files.
func (r *run) entries() iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, s := range r.sources {
			r.meter.doing(s.path)
			if !r.entriesOf(s, yield) {
				return
			}
		}
	}
}

func (r *run) entriesOf(s source, yield func(entry, error) bool) bool {
	text, err := s.open(&r.meter.read)
	if err != nil {
		return yield(entry{}, err)
	}
	defer text.Close()
	lines := newLineReader(s, text, lineBytesMax)
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return true
		}
		e := entry{origin: line}
		fault := Reject{}
		switch {
		case errors.Is(err, errLineTooLong):
			fault = line.reject(reasonTooLong, "longer than %d bytes", lineBytesMax)
		case err != nil:
			return yield(entry{}, err)
		default:
			if err := json.Unmarshal([]byte(line.text), &e.Record); errors.Is(err, errNoMutation) {
				fault = line.reject(reasonNotAMutation, "%s", err)
			} else if err != nil {
				fault = line.reject(reasonMalformed, "%s", err)
			}
		}
		if fault.Reason != "" {
			e.fault = &fault
		}
		if !yield(e, nil) {
			return false
		}
	}
}

// apply carries out entries: those of one method side by side, those that change the same thing one after another, and
// those of another method not before.
func (r *run) apply(entries iter.Seq2[entry, error]) error {
	seen := occurrences{}
	current := method{}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if e.fault != nil {
			r.window.note(func() error { return r.reject(*e.fault) })
			continue
		}
		if "/"+e.Method != current.path {
			if err := r.window.wait(); err != nil {
				return err
			}
			if current, err = methodOf(e.Method); err != nil {
				return err
			}
		}
		current.identified(e.Record, seen)
		if err := r.send(current, e); err != nil {
			return err
		}
	}
	return r.window.wait()
}

// send carries out one entry.
func (r *run) send(m method, e entry) error {
	return r.window.do(m.subjectIn(e.Request), func(ctx context.Context) (func() error, error) {
		err := r.conn.Invoke(ctx, m.path, e.Request, m.answer.New().Interface())
		if refusal := refusalOf(err); refusal != nil {
			return func() error { return r.reject(e.origin.refused(refusal)) }, nil
		}
		if err != nil {
			return nil, err
		}
		return func() error { r.imported(e.origin); return nil }, nil
	})
}

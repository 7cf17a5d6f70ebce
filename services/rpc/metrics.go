package rpc

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
)

// durationBuckets reach from a read out of memory to the deadline of a patient till, in seconds.
var durationBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// metrics counts the calls and how long they took.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// newMetrics registers the metrics; a nil registerer leaves them unseen.
func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aisle_rpc_requests_total",
			Help: "Calls that were answered, by method and status code.",
		}, []string{"method", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "aisle_rpc_duration_seconds",
			Help:    "Time from a call's arrival to its answer, by method; streams are left out.",
			Buckets: durationBuckets,
		}, []string{"method"}),
	}
	if registerer == nil {
		return m, nil
	}
	if err := registerer.Register(m.requests); err != nil {
		return nil, err
	}
	return m, registerer.Register(m.duration)
}

// meter is the metrics of one method, found once. Only the counter of calls that went well is: the others are rare, and
// a series for each code of each method would be hundreds that stay zero.
type meter struct {
	ok       prometheus.Counter
	failed   *prometheus.CounterVec
	duration prometheus.Observer
}

func (m *metrics) of(method string) meter {
	label := prometheus.Labels{"method": strings.TrimPrefix(method, "/")}
	failed := m.requests.MustCurryWith(label)
	return meter{ok: failed.WithLabelValues(codeName(codes.OK)), failed: failed, duration: m.duration.With(label)}
}

func (m *meter) count(status codes.Code) {
	if status == codes.OK {
		m.ok.Inc()
	} else {
		m.failed.WithLabelValues(codeName(status)).Inc()
	}
}

// codeName returns the code's name in the contract of gRPC, for example NOT_FOUND.
func codeName(c codes.Code) string { return code.Code(c).String() }

package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/aisle-retail/aisle/services/demand"
	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
)

// engineMetrics measures each step of the engine's batches.
type engineMetrics struct {
	steps    *prometheus.HistogramVec
	size     prometheus.Histogram
	batches  *prometheus.CounterVec
	commands *prometheus.CounterVec
	alarms   prometheus.Counter
}

func newEngineMetrics(registry *prometheus.Registry) *engineMetrics {
	m := &engineMetrics{
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aisle_engine_step_seconds", Help: "How long each step of a batch took.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16), // 0.1 ms to 3 s
		}, []string{"step"}),
		size: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "aisle_engine_batch_commands", Help: "How many commands went through the database together.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11), // 1 to 1024
		}),
		batches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aisle_engine_batches_total", Help: "Batches by how they ended.",
		}, []string{"outcome"}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aisle_engine_commands_total", Help: "Commands of committed batches, accepted or not.",
		}, []string{"decision"}),
		alarms: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "aisle_engine_alarms_total", Help: "Faults that somebody must look at.",
		}),
	}
	registry.MustRegister(m.steps, m.size, m.batches, m.commands, m.alarms,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// registerDemandMetrics shows how much of what people look for is not recorded.
func registerDemandMetrics(registry *prometheus.Registry, recorder *demand.Recorder) {
	registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "aisle_demand_dropped_total", Help: "How often something was looked for that is not recorded, for lack of room or by a fault.",
	}, func() float64 { return float64(recorder.Dropped()) }))
}

// registerEventMetrics shows how far readers of the event log are behind; package horizon tells what holds them up.
func registerEventMetrics(registry *prometheus.Registry, horizon *horizon.Horizon) {
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aisle_event_horizon_lag_events", Help: "Sequence numbers up to the newest committed event that readers can't see yet.",
		}, func() float64 {
			behind, _ := horizon.Lag()
			return float64(behind)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aisle_event_horizon_lag_seconds", Help: "How long the oldest of them has been held up by an open write transaction.",
		}, func() float64 {
			_, waiting := horizon.Lag()
			return waiting.Seconds()
		}),
	)
}

func (m *engineMetrics) observe(b ledger.Batch) {
	m.steps.WithLabelValues("lock").Observe(b.Lock.Seconds())
	m.steps.WithLabelValues("decide").Observe(b.Decide.Seconds())
	m.steps.WithLabelValues("commit").Observe(b.Commit.Seconds())
	m.batches.WithLabelValues(b.Outcome).Inc()
	if b.Outcome == "committed" || b.Outcome == "empty" {
		m.size.Observe(float64(b.Commands))
		m.commands.WithLabelValues("accepted").Add(float64(b.Accepted))
		m.commands.WithLabelValues("refused").Add(float64(b.Commands - b.Accepted))
	}
}

package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The keys of the tests, by what they may do. The secret is the name, made long enough.
func testKeys() []app.KeyEntry {
	all := []string{"*"}
	return []app.KeyEntry{
		{Name: "staff", Kind: "staff", Key: secret("staff"), Locations: all, Channels: all},
		{Name: "office", Kind: "staff", Key: secret("office"), Locations: []string{"rome"}, Channels: all},
		{Name: "site", Kind: "site", Key: secret("site"), Locations: all, Channels: []string{"web"}},
		{Name: "till", Kind: "till", Key: secret("till"), Locations: []string{"milan"}, Channels: []string{"till"}},
		{Name: "rome", Kind: "till", Key: secret("rome"), Locations: []string{"rome"}, Channels: []string{"till"}},
		{Name: "tablet", Kind: "tablet", Key: secret("tablet"), Locations: []string{"milan"}, Channels: []string{"till"}},
		{Name: "shop", Kind: "site", Key: secret("shop"), Locations: all, Channels: []string{"shop"}},
		{Name: "offers", Kind: "system", Key: secret("offers"), Scopes: []string{"catalog.write"}, Locations: all, Channels: all},
		{Name: "clerk", Kind: "staff", Key: secret("clerk"), Scopes: []string{"returns.override"}, Locations: all, Channels: all},
		{Name: "keeper", Kind: "staff", Key: secret("keeper"), Scopes: []string{"returns.override"}, Locations: []string{"rome"}, Channels: all},
		{Name: "romans", Kind: "staff", Key: secret("romans"), Locations: []string{"rome"}, Channels: all},
		{Name: "ada", Kind: "customer", Key: secret("ada"), Locations: all, Channels: []string{"web"}, Customer: ada},
	}
}

func secret(name string) string { return name + "-" + strings.Repeat("x", 24) }

// The customers of the tests.
const (
	ada = "0198c0de-0000-7000-8000-00000000000a"
	bob = "0198c0de-0000-7000-8000-00000000000b"
)

// world is a whole Aisle on a database of its own, and its two doors.
type world struct {
	t      *testing.T
	server *app.Server
	db     *pgtest.Database
	conn   *grpc.ClientConn
	// configure changes how the next process is started; nil: nothing does. It returns the URL of the database and where to log.
	configure func(*app.Config) (databaseURL string, log *slog.Logger)
}

// open starts a world with two places, two channels, prices and a few shirts.
func open(t *testing.T) *world { return openOn(t, "") }

// openOn starts a world on a database that is prepared by SQL.
func openOn(t *testing.T, prepared string) *world {
	t.Helper()
	w := &world{t: t, db: pgtest.New(t)}
	if prepared != "" {
		w.sql(prepared)
	}
	w.start()
	t.Cleanup(w.stop)
	w.furnish()
	return w
}

// start starts a process on the world's database. All of them share the secret of pickup codes.
func (w *world) start() {
	w.t.Helper()
	config, err := app.LoadConfig(func(name string) string {
		return map[string]string{
			"AISLE_GRPC_ADDR": "127.0.0.1:0", "AISLE_HTTP_ADDR": "127.0.0.1:0", "AISLE_SWEEP_EVERY": "20ms",
			"AISLE_DEMAND_EVERY": "0", // what is refused leaves no trace; the tests of demand turn it on
			"AISLE_CODE_SECRET":  "the secret of the pickup codes of the tests",
			"AISLE_PAYMENTS":     "test", "AISLE_PAYMENTS_EVERY": "1h", // each step is answered by whoever began it, or by the test
			"AISLE_CARRIER": "test", "AISLE_CARRIER_EVERY": "1h",
		}[name]
	})
	if err != nil {
		w.t.Fatal(err)
	}
	keys, err := app.ParseKeyEntries(testKeys()...)
	if err != nil {
		w.t.Fatal(err)
	}
	databaseURL, log := w.db.URL, slog.New(slog.DiscardHandler)
	if w.configure != nil {
		databaseURL, log = w.configure(&config)
	}
	if w.server, err = app.Start(w.t.Context(), config, databaseURL, keys, log); err != nil {
		w.t.Fatal(err)
	}
	if w.conn, err = grpc.NewClient(w.server.GRPCAddr(), grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		w.t.Fatal(err)
	}
}

// stop stops the process.
func (w *world) stop() {
	_ = w.conn.Close()
	http.DefaultClient.CloseIdleConnections()
	if err := w.server.Stop(context.Background()); err != nil {
		w.t.Error(err)
	}
}

// in is the same world for a test within the test.
func (w *world) in(t *testing.T) *world {
	return &world{t: t, server: w.server, db: w.db, conn: w.conn}
}

// furnish puts what most tests need.
func (w *world) furnish() {
	for _, c := range []struct{ method, body string }{
		{"catalog/PutTaxCategory", `{"taxCategory":{"code":"standard","name":"Standard"}}`},
		{"catalog/PutTaxRates", `{"jurisdiction":"IT","rates":[{"taxCategory":"standard","code":"IT-22","ratePpm":220000}]}`},
		{"catalog/PutPriceList", `{"priceList":{"code":"eur","name":"Europe","currencyCode":"EUR","taxIncluded":true}}`},
		{"locations/PutLocation", place("milan", "STORE", "IT")},
		{"locations/PutLocation", place("rome", "STORE", "IT")},
		{"locations/PutLocation", place("moon", "STORE", "MOON")},
		{"locations/PutChannel", `{"channel":{"code":"web","name":"Web","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"holdTime":"900s","safetyBuffer":"1","locations":["milan","rome","moon"]}}`},
		{"locations/PutChannel", `{"channel":{"code":"till","name":"Till","kind":"CHANNEL_KIND_TILL","priceLists":["eur"],"holdTime":"3600s"}}`},
		{"catalog/PutProduct", `{"product":{"code":"shirt","title":"Linen shirt","taxCategory":"standard","options":[{"name":"Size","values":["S","M"]}],
			"variants":[{"sku":"SHIRT-S","optionValues":["S"],"barcodes":["4006381333931"]},{"sku":"SHIRT-M","optionValues":["M"]}]}}`},
		{"catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"SHIRT-S","unitPrice":{"currencyCode":"EUR","amountMinor":"1995"}}]}`},
		{"stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"10"},{"sku":"SHIRT-M","quantity":"2"}],"reference":"DN-1"}`},
	} {
		w.must("staff", c.method, c.body)
	}
}

func place(code, kind, jurisdiction string) string {
	return fmt.Sprintf(`{"location":{"code":%q,"name":%q,"kind":"LOCATION_KIND_%s","timeZone":"Europe/Rome","currencyCode":"EUR","taxJurisdiction":%q}}`,
		code, code, kind, jurisdiction)
}

// answer is what came back through one door.
type answer struct {
	// body is the response as JSON, normalised; nil where it was refused.
	body map[string]any
	// reason, message and field are of the refusal.
	reason, message string
	fields          []string
	details         map[string]string
	// code is the HTTP status, or the gRPC code's name.
	code string
}

// at walks the body: at("levels", 0, "available").
func (a answer) at(path ...any) any {
	var v any = a.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			s, _ := v.([]any)
			if step >= len(s) {
				return nil
			}
			v = s[step]
		}
	}
	return v
}

// reached are the refusals that some test has seen, as "Method REASON", over both doors.
var reached sync.Map

// methodOf finds a method by its short name, "stock/HoldStock".
func methodOf(t testing.TB, short string) protoreflect.MethodDescriptor {
	t.Helper()
	room, name, _ := strings.Cut(short, "/")
	service := "CatalogService" // whose room is no plural
	if room != "catalog" {
		service = strings.ToUpper(room[:1]) + strings.Replace(strings.TrimSuffix(room[1:], "s"), "ie", "y", 1) + "Service"
	}
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("aisle." + room + ".v1." + service))
	if err != nil {
		t.Fatal(err)
	}
	m := d.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
	if m == nil {
		t.Fatalf("there is no method %s", short)
	}
	return m
}

// withID gives a mutation a request id of its own, unless the body has one.
func withID(m protoreflect.MethodDescriptor, body string) string {
	if m.Input().Fields().ByName("request_id") == nil || strings.HasPrefix(body, `{"requestId"`) {
		return body
	}
	return strings.Replace(strings.Replace(body, "{", `{"requestId":"`+newUUID()+`",`, 1), ",}", "}", 1)
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// grpcCall calls over gRPC.
func (w *world) grpcCall(key, short, body string) answer {
	w.t.Helper()
	m := methodOf(w.t, short)
	in, out := dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())
	if err := protojson.Unmarshal([]byte(withID(m, body)), in); err != nil {
		w.t.Fatalf("%s %s: %v", short, body, err)
	}
	ctx := metadata.AppendToOutgoingContext(w.t.Context(), "authorization", "Bearer "+secret(key))
	err := w.conn.Invoke(ctx, fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name()), in, out)
	if err == nil {
		text, err := protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(out)
		if err != nil {
			w.t.Fatal(err)
		}
		return parseAnswer(w.t, text)
	}
	s := status.Convert(err)
	a := answer{code: s.Code().String(), message: s.Message()}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			a.reason, a.details = d.Reason, d.Metadata
		case *errdetails.BadRequest:
			for _, v := range d.FieldViolations {
				a.fields = append(a.fields, v.Field)
			}
		}
	}
	if w.configure == nil { // or it may be a process to which things happen that no comment promises
		reached.Store(short+" "+a.reason, true)
	}
	return a
}

func parseAnswer(t testing.TB, text []byte) answer {
	t.Helper()
	a := answer{code: "OK"}
	if err := json.Unmarshal(text, &a.body); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	withoutNulls(a.body)
	return a
}

// withoutNulls leaves absent messages out: they are null over one door and left out over the other.
func withoutNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if value == nil {
				delete(v, name)
			}
			withoutNulls(value)
		}
	case []any:
		for _, value := range v {
			withoutNulls(value)
		}
	}
}

// rest calls over REST, by the method's own binding.
func (w *world) rest(key, short, body string) answer {
	w.t.Helper()
	m := methodOf(w.t, short)
	rule := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	for _, other := range rule.GetAdditionalBindings() { // by what is named in its place
		if name, _, _ := strings.Cut(other.GetPost()[strings.Index(other.GetPost(), "{")+1:], "}"); strings.Contains(body, `"`+name+`"`) {
			rule = other
		}
	}
	verb, template := http.MethodGet, rule.GetGet()
	switch {
	case rule.GetPost() != "":
		verb, template = http.MethodPost, rule.GetPost()
	case rule.GetPut() != "":
		verb, template = http.MethodPut, rule.GetPut()
	}
	var fields map[string]any
	decoder := json.NewDecoder(strings.NewReader(withID(m, body)))
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		w.t.Fatalf("%s %s: %v", short, body, err)
	}
	path := regexp.MustCompile(`\{[^}]+\}`).ReplaceAllStringFunc(template, func(variable string) string {
		return url.PathEscape(take(fields, strings.Split(strings.Trim(variable, "{}"), ".")))
	})
	if verb == http.MethodGet {
		query := url.Values{}
		for name, value := range fields {
			if list, ok := value.([]any); ok {
				for _, one := range list {
					query.Add(name, fmt.Sprint(one))
				}
				continue
			}
			if message, ok := value.(map[string]any); ok {
				for inner, one := range message {
					query.Set(name+"."+inner, fmt.Sprint(one))
				}
				continue
			}
			query.Set(name, fmt.Sprint(value))
		}
		return w.http(key, short, verb, path+"?"+query.Encode(), nil)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.http(key, short, verb, path, text)
}

// take removes a path variable's field and returns its value. A field inside a message stays where it is.
func take(fields map[string]any, path []string) string {
	name := jsonName(path[0])
	value := fields[name]
	if len(path) > 1 {
		inner, _ := value.(map[string]any)
		return fmt.Sprint(inner[jsonName(path[1])])
	}
	delete(fields, name)
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func jsonName(name string) string {
	parts := strings.Split(name, "_")
	for i := range parts[1:] {
		parts[i+1] = strings.ToUpper(parts[i+1][:1]) + parts[i+1][1:]
	}
	return strings.Join(parts, "")
}

// http sends a request and reads the answer, refused or not.
func (w *world) http(key, short, verb, path string, body []byte) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), verb, "http://"+w.server.HTTPAddr()+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+secret(key))
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := parseAnswer(w.t, text)
	a.code = resp.Status[:3]
	if resp.StatusCode == http.StatusOK {
		return a
	}
	refused := a.body
	a.body, a.message = nil, fmt.Sprint(refused["message"])
	details, _ := refused["details"].([]any)
	for _, detail := range details {
		d := detail.(map[string]any)
		switch d["@type"] {
		case "type.googleapis.com/google.rpc.ErrorInfo":
			a.reason = fmt.Sprint(d["reason"])
			a.details = map[string]string{}
			facts, _ := d["metadata"].(map[string]any)
			for name, fact := range facts {
				a.details[name] = fmt.Sprint(fact)
			}
		case "type.googleapis.com/google.rpc.BadRequest":
			for _, violation := range d["fieldViolations"].([]any) {
				a.fields = append(a.fields, fmt.Sprint(violation.(map[string]any)["field"]))
			}
		}
	}
	reached.Store("REST "+short+" "+a.reason, true)
	return a
}

// must calls over gRPC and fails the test where it is refused.
func (w *world) must(key, short, body string) answer {
	w.t.Helper()
	a := w.grpcCall(key, short, body)
	if a.body == nil {
		w.t.Fatalf("%s: %s %s %v %s", short, a.code, a.reason, a.fields, a.message)
	}
	return a
}

// refused calls through both doors and checks that each gives the reason, and names the field where one is given.
func (w *world) refused(key, short, body, reason, field string) answer {
	w.t.Helper()
	before := w.fingerprint()
	answered := w.refuse(key, short, body, reason, field)
	if after := w.fingerprint(); after != before {
		w.t.Errorf("%s: the refusal left a trace:\n%s\n%s", short, before, after)
	}
	return answered
}

// refuse is refused without a look at what it left.
func (w *world) refuse(key, short, body, reason, field string) answer {
	w.t.Helper()
	overGRPC, overREST := w.grpcCall(key, short, body), w.rest(key, short, body)
	for door, a := range map[string]answer{"gRPC": overGRPC, "REST": overREST} {
		if a.reason != reason {
			w.t.Errorf("%s over %s: %s %q %v %s, want %s", short, door, a.code, a.reason, a.fields, a.message, reason)
		}
		if field != "" && !slices.Contains(a.fields, field) {
			w.t.Errorf("%s over %s: names %v, want %s (%s)", short, door, a.fields, field, a.message)
		}
	}
	return overGRPC
}

// fingerprint counts the rows of every table.
func (w *world) fingerprint() string {
	w.t.Helper()
	return pgtest.Count(w.t, w.db)
}

// do calls over gRPC with fields as Sprintf writes them, and fails the test where it is refused.
func (w *world) do(key, short, format string, args ...any) answer {
	w.t.Helper()
	return w.must(key, short, fmt.Sprintf(format, args...))
}

// audit proves the books of the world.
func (w *world) audit() {
	w.t.Helper()
	db, err := postgres.Open(w.t.Context(), postgres.Config{URL: w.db.URL, Writers: 1, Readers: 2})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	var said bytes.Buffer
	if err := app.Audit(w.t.Context(), db, 0, &said, io.Discard); err != nil {
		w.t.Fatalf("%v\n%s", err, said.String())
	}
}

// declaredRefusals are those that the comment of each RPC promises.
func declaredRefusals(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../../proto/aisle/*/v1/*.proto")
	if err != nil || len(files) == 0 {
		t.Fatal("no protos", err)
	}
	declared := map[string][]string{}
	rpc := regexp.MustCompile(`(?s)((?:[ \t]*//[^\n]*\n)+)[ \t]*rpc (\w+)\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		room := filepath.Base(filepath.Dir(filepath.Dir(file)))
		for _, found := range rpc.FindAllStringSubmatch(string(text), -1) {
			_, refusals, ok := strings.Cut(found[1], "Refusals:")
			if !ok || !strings.Contains(found[1], "Postings") {
				t.Errorf("%s: the comment of %s lacks its postings or its refusals", file, found[2])
			}
			declared[room+"/"+found[2]] = regexp.MustCompile(`\b[A-Z][A-Z_]{4,}\b`).FindAllString(refusals, -1)
		}
	}
	return declared
}

// eventually polls until a condition holds: for what another goroutine does in its own time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatal("did not happen: " + what)
		case <-tick.C:
		}
	}
}

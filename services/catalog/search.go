package catalog

import (
	"context"
	"slices"
	"strings"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// searchMark is where a page of a search ended. Corrected says that its words are read as others, as on the pages before.
type searchMark struct {
	Score     int64
	Code      string
	Corrected bool
}

// firstMark is before every product.
var firstMark = searchMark{Score: 1 << 40}

// SearchProducts finds products by what people type.
func (s *Server) SearchProducts(ctx context.Context, req *pb.SearchProductsRequest) (*pb.SearchProductsResponse, error) {
	if err := s.asks(ctx, req); err != nil {
		return nil, err
	}
	after := firstMark
	if req.GetPageToken() != "" {
		var err error
		if after, err = page.Read[searchMark](req.GetPageToken()); err != nil {
			return nil, err
		}
	} else if answer, err := s.searchCode(ctx, req); answer != nil || err != nil {
		return answer, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	terms := retail.SearchTerms(req.GetQuery())
	corrections := map[string][]string{}
	if after.Corrected {
		var err error
		if corrections, err = s.corrections(ctx, terms); err != nil {
			return nil, err
		}
	}
	found, err := s.search(ctx, req, terms, corrections, after, limit+1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && req.GetPageToken() == "" && len(terms) > 0 {
		if corrections, err = s.corrections(ctx, terms); err != nil {
			return nil, err
		}
		if len(corrections) > 0 {
			after.Corrected = true
			if found, err = s.search(ctx, req, terms, corrections, after, limit+1); err != nil {
				return nil, err
			}
		}
	}
	return foundTo(req, found, limit, terms, corrections, after.Corrected), nil
}

// asks refuses places and channels that are not there: they would be in the record of what people look for.
func (s *Server) asks(ctx context.Context, req *pb.SearchProductsRequest) error {
	for _, at := range [][2]string{{"location", req.GetLocation()}, {"in_stock_at", req.GetInStockAt()}} {
		if at[1] == "" {
			continue
		}
		if _, err := trade.Place(ctx, s.reads, at[1], at[0]); err != nil {
			return err
		}
	}
	if req.GetChannel() == "" {
		return nil
	}
	_, err := trade.Channel(ctx, s.reads, req.GetChannel())
	return err
}

// searchCode finds the one product that a whole question names by a SKU, an alias or a barcode; nil where it names none.
func (s *Server) searchCode(ctx context.Context, req *pb.SearchProductsRequest) (*pb.SearchProductsResponse, error) {
	code := strings.TrimSpace(req.GetQuery())
	if code == "" || len(filtersOf(req)) > 0 || req.GetInStockAt() != "" {
		return nil, nil
	}
	sku, product, found, err := s.reads.ProductBySKU(ctx, code)
	if err == nil && !found {
		if gtin, ok := retail.GTIN14(code); ok {
			sku, product, found, err = s.reads.ProductByBarcode(ctx, gtin)
		}
	}
	if err != nil || !found {
		return nil, err
	}
	return &pb.SearchProductsResponse{Sku: sku, Products: []*pb.Product{productTo(product, req.GetLanguage())}}, nil
}

// search finds products that have each of some terms, or what it was corrected to, and all that they are filtered by.
func (s *Server) search(
	ctx context.Context, req *pb.SearchProductsRequest, terms []string, corrections map[string][]string, after searchMark, limit int,
) ([]retail.FoundProduct, error) {
	attributes, err := s.reads.AllAttributes(ctx)
	if err != nil {
		return nil, err
	}
	var slots []retail.SearchSlot
	for _, term := range terms {
		slot := retail.SearchSlot{Beginnings: []string{term}}
		if read := corrections[term]; len(read) > 0 {
			slot.Beginnings = read
		}
		for _, word := range slot.Beginnings {
			slot.Marks = append(slot.Marks, choicesNamed(attributes, word)...)
		}
		slots = append(slots, slot)
	}
	for _, mark := range filtersOf(req) {
		slots = append(slots, retail.SearchSlot{Marks: []string{mark}})
	}
	return s.reads.SearchProducts(ctx, slots, req.GetInStockAt(), after.Score, after.Code, limit)
}

// choicesMax is how many choices of attributes a word may stand for.
const choicesMax = 20

// choicesNamed are the marks of the choices that have a word in their name which begins with a word, in any language.
func choicesNamed(attributes []retail.Attribute, word string) (marks []string) {
	begins := func(name string) bool {
		return slices.ContainsFunc(retail.FoldWords(name), func(w string) bool { return strings.HasPrefix(w, word) })
	}
	for _, attribute := range attributes {
		for _, choice := range attribute.Choices {
			named := begins(choice.Name) || slices.ContainsFunc(choice.Names, func(n retail.LocalText) bool { return begins(n.Text) })
			if named && len(marks) < choicesMax {
				marks = append(marks, retail.AttributeMark(attribute.Code, choice.Code))
			}
		}
	}
	return marks
}

// filtersOf are the marks that products must have.
func filtersOf(req *pb.SearchProductsRequest) (marks []string) {
	if req.GetBrand() != "" {
		marks = append(marks, retail.BrandMark(req.GetBrand()))
	}
	if req.GetDepartment() != "" {
		marks = append(marks, retail.DepartmentMark(req.GetDepartment()))
	}
	for _, option := range req.GetOptions() {
		name, value, _ := strings.Cut(option, "=")
		marks = append(marks, retail.OptionMark(name, value))
	}
	for _, attribute := range req.GetAttributes() {
		code, value, _ := strings.Cut(attribute, "=")
		marks = append(marks, retail.AttributeMark(code, value))
	}
	return marks
}

// corrections are the words that those may stand for which no product has, and which name no choice of an attribute.
func (s *Server) corrections(ctx context.Context, terms []string) (map[string][]string, error) {
	vocabulary, err := s.reads.SearchVocabulary(ctx)
	if err != nil {
		return nil, err
	}
	attributes, err := s.reads.AllAttributes(ctx)
	if err != nil {
		return nil, err
	}
	read := map[string][]string{}
	for _, term := range terms {
		begins := func(word string) bool { return strings.HasPrefix(word, term) }
		if !slices.ContainsFunc(vocabulary, begins) && len(choicesNamed(attributes, term)) == 0 {
			if near := retail.NearWords(term, vocabulary); len(near) > 0 {
				read[term] = near
			}
		}
	}
	return read, nil
}

func foundTo(
	req *pb.SearchProductsRequest, found []retail.FoundProduct, limit int, terms []string, corrections map[string][]string, corrected bool,
) *pb.SearchProductsResponse {
	answer := &pb.SearchProductsResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(searchMark{Score: last.Score, Code: last.Product.Code, Corrected: corrected})
	}
	for _, f := range found {
		answer.Products = append(answer.Products, productTo(f.Product, req.GetLanguage()))
	}
	for _, term := range terms {
		if read := corrections[term]; len(read) > 0 && len(found) > 0 {
			answer.Corrections = append(answer.Corrections, &pb.Correction{Word: term, ReadAs: read})
		}
	}
	return answer
}

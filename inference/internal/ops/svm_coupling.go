package ops

import "math"

// couplingScratch returns how many float64s couple wants for that many classes.
func couplingScratch(classes int) int { return 2*classes*classes + 2*classes }

// pairFloor keeps the probabilities of pairs away from 0 and 1.
const pairFloor = 1e-7

// couple makes the probabilities of classes of the scores of pairs: each pair's is a logistic function of its score,
// and those of the classes fit them best in the way of Wu, Lin and Weng, "Probability Estimates for Multi-class
// Classification by Pairwise Coupling", Journal of Machine Learning Research 5 (2004), algorithm 2, with the limits of
// LIBSVM.
func (s *svmClasses) couple(scores, scratch []float64) []float64 {
	n := s.count
	r, q := scratch[:n*n], scratch[n*n:][:n*n]
	p, qp := scratch[2*n*n:][:n], scratch[2*n*n+n:][:n]
	pair := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			v := 1 / (1 + math.Exp(scores[pair]*float64(s.a[pair])+float64(s.b[pair])))
			v = min(max(v, pairFloor), 1-pairFloor)
			r[i*n+j], r[j*n+i] = v, 1-v
			pair++
		}
	}
	for i := range n {
		p[i] = 1 / float64(n)
		q[i*n+i] = 0
		for j := range n {
			if j != i {
				q[i*n+i] += r[j*n+i] * r[j*n+i]
				q[i*n+j] = -r[j*n+i] * r[i*n+j]
			}
		}
	}
	limit := 0.005 / float64(n)
	for range max(100, n) {
		pqp, worst := 0.0, 0.0
		for i := range n {
			qp[i] = 0
			for j, v := range p {
				qp[i] += q[i*n+j] * v
			}
			pqp += p[i] * qp[i]
		}
		for _, v := range qp {
			worst = max(worst, math.Abs(v-pqp))
		}
		if worst < limit {
			break
		}
		for i := range n {
			own := q[i*n+i]
			diff := (pqp - qp[i]) / own
			p[i] += diff
			pqp = (pqp + diff*(diff*own+2*qp[i])) / ((1 + diff) * (1 + diff))
			for j := range n {
				qp[j] = (qp[j] + diff*q[i*n+j]) / (1 + diff)
				p[j] /= 1 + diff
			}
		}
	}
	return p
}

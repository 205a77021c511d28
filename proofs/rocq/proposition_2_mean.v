(** Over mini-batches of N independent draws of one law whose features are uncorrelated, mu has the
    mean E<w, z> + c and the variance <w^2, rho^2> / N, rho_i^2 the variance of feature i (Eq. 13).

    A law on finitely many outcomes is a weight p with the sum 1; a mini-batch is a map b from N
    places to outcomes, of weight p(b_1) ... p(b_N). Let y = <w, z> + c at an outcome, u = y - E[y],
    v = E[u^2], and S = u(b_1) + ... + u(b_N).

    1. v is the sum of w_i w_j Cov(z_i, z_j) over all i and j, since u is the sum of the
       w_i (z_i - E[z_i]). Only i = j is left where the features are uncorrelated: v = <w^2, rho^2>
       ([projection_variance]).
    2. A sum over mini-batches of N + 1 draws is a sum over the first draw and, inside, one over
       mini-batches of N draws, and the weight is the product of theirs ([one_more_draw]).
    3. E[S] = 0 and E[S^2] = N v, by induction over the draws: E[(u + S)^2] = E[u^2] + 2 E[u] E[S] +
       E[S^2] = v + 0 + N v ([sum_expectation], [sum_squared_expectation]).
    4. mu - E[y] = S / N. So E[mu] = E[y], and Var(mu) = E[S^2] / N^2 = v / N
       ([mean_of_independent_draws]).
    5. Without the hypothesis step 4 still holds, but v is not <w^2, rho^2>: for two equal features
       +-1 and w = (1, 1) it is 4, not 2 ([correlated]).

    [Scope: laws on finitely many values.]
    What is general: any law on any finite set of outcomes, any N >= 1, dimension d, row w and bias
    c, over any real field R. The paper's zero mean is not needed, nor p >= 0. That the product
    weights are N independent draws is [independent_draws]. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** E[f], Var(f) and Cov(f, g) under the law that gives the outcome x the weight p x. *)
Definition expectation (T : finType) (p f : T -> R) : R := \sum_x p x * f x.

Definition variance (T : finType) (p f : T -> R) : R :=
  expectation p (fun x => (f x - expectation p f) ^+ 2).

Definition covariance (T : finType) (p f g : T -> R) : R :=
  expectation p (fun x => (f x - expectation p f) * (g x - expectation p g)).

(** The law of N independent draws: the outcomes are mini-batches b, with the product weight. *)
Definition draws (T : finType) (p : T -> R) N (b : {ffun 'I_N -> T}) : R := \prod_(n < N) p (b n).

(** <w, z>, and the mean of N numbers (Eq. 3). *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

Definition mean N (t : 'I_N -> R) : R := (\sum_(n < N) t n) / N%:R.

(** The inputs z x of a unit with the row w and the bias c. *)
Variables (T : finType) (d N : nat) (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d).

Definition feature (i : 'I_d) (x : T) : R := z x 0 i.

Definition projection (x : T) : R := inner w (z x) + c.

(** mu of a mini-batch (Eq. 3). *)
Definition mu (b : {ffun 'I_N -> T}) : R := mean (fun n => projection (b n)).

(** The covariance of the inputs is diagonal. *)
Definition uncorrelated (p : T -> R) : Prop :=
  forall i j, i != j -> covariance p (feature i) (feature j) = 0.

End Definitions.

Arguments draws {R T} p N b.

Section Expectation.

Variables (R : realFieldType) (T : finType) (p : T -> R).
Implicit Types f g : T -> R.

Lemma eq_expectation f g : f =1 g -> expectation p f = expectation p g.
Proof. by move=> eq_fg; apply: eq_bigr => x _; rewrite eq_fg. Qed.

Lemma expectationD f g :
  expectation p (fun x => f x + g x) = expectation p f + expectation p g.
Proof. by rewrite -big_split; apply: eq_bigr => x _; rewrite mulrDr. Qed.

Lemma expectationZ a f : expectation p (fun x => a * f x) = a * expectation p f.
Proof. by rewrite mulr_sumr; apply: eq_bigr => x _; rewrite mulrCA. Qed.

Lemma expectation_sum (I : finType) (f : I -> T -> R) :
  expectation p (fun x => \sum_i f i x) = \sum_i expectation p (f i).
Proof. by rewrite exchange_big; apply: eq_bigr => x _; rewrite mulr_sumr. Qed.

Hypothesis total : \sum_x p x = 1.

Lemma expectation_constant (a : R) : expectation p (fun _ => a) = a.
Proof. by rewrite /expectation -mulr_suml total mul1r. Qed.

Lemma centred f : expectation p (fun x => f x - expectation p f) = 0.
Proof. by rewrite expectationD expectation_constant subrr. Qed.

End Expectation.

Section Draws.

Variables (R : realFieldType) (T : finType) (p : T -> R).

(** The product weights are those of independent draws of the law p: expectations of products are
    products of expectations. *)
Lemma independent_draws N (f : 'I_N -> T -> R) :
  expectation (draws p N) (fun b => \prod_(n < N) f n (b n))
    = \prod_(n < N) expectation p (f n).
Proof.
rewrite /expectation bigA_distr_bigA; apply: eq_bigr => b _.
by rewrite -big_split.
Qed.

Definition prepend N (x : T) (b : {ffun 'I_N -> T}) : {ffun 'I_N.+1 -> T} :=
  [ffun n => if unlift ord0 n is Some m then b m else x].

Lemma prepend_first N x (b : {ffun 'I_N -> T}) : prepend x b ord0 = x.
Proof. by rewrite ffunE unlift_none. Qed.

Lemma prepend_later N x (b : {ffun 'I_N -> T}) n : prepend x b (lift ord0 n) = b n.
Proof. by rewrite ffunE liftK. Qed.

(** Step 2. *)
Lemma one_more_draw N (f : {ffun 'I_N.+1 -> T} -> R) :
  expectation (draws p N.+1) f
    = expectation p (fun x => expectation (draws p N) (fun b => f (prepend x b))).
Proof.
pose split (b : {ffun 'I_N.+1 -> T}) := (b ord0, [ffun n => b (lift ord0 n)] : {ffun 'I_N -> T}).
have splitK : cancel split (fun xb => prepend xb.1 xb.2).
  move=> b; apply/ffunP => n; rewrite ffunE.
  by case: unliftP => [m|] -> //=; rewrite ffunE.
have prependK : cancel (fun xb => prepend xb.1 xb.2) split.
  case=> x b; rewrite /split prepend_first; congr (_, _).
  by apply/ffunP => n; rewrite ffunE prepend_later.
rewrite /expectation (reindex (fun xb => prepend xb.1 xb.2)) /=; last first.
  by exists split => [xb _ | b _]; [apply: prependK | apply: splitK].
rewrite -(pair_bigA _ (fun x b => draws p N.+1 (prepend x b) * f (prepend x b))) /=.
apply: eq_bigr => x _; rewrite mulr_sumr; apply: eq_bigr => b _.
rewrite mulrA /draws big_ord_recl prepend_first; congr (_ * _ * _).
by apply: eq_bigr => n _; rewrite prepend_later.
Qed.

Hypothesis total : \sum_x p x = 1.

Lemma draws_total N : \sum_b draws p N b = 1.
Proof. by rewrite -(bigA_distr_bigA (fun=> p)); apply: big1. Qed.

Variable u : T -> R.

Definition sum N (b : {ffun 'I_N -> T}) : R := \sum_(n < N) u (b n).

Lemma sum_prepend N x (b : {ffun 'I_N -> T}) : sum (prepend x b) = u x + sum b.
Proof.
rewrite /sum big_ord_recl prepend_first; congr (_ + _).
by apply: eq_bigr => n _; rewrite prepend_later.
Qed.

Hypothesis u_centred : expectation p u = 0.

(** Step 3. *)
Lemma sum_expectation N : expectation (draws p N) (@sum N) = 0.
Proof.
elim: N => [|N E_S].
  by rewrite /expectation big1 // => b _; rewrite /sum big_ord0 mulr0.
rewrite one_more_draw -[RHS]u_centred; apply: eq_expectation => x.
rewrite -[RHS]addr0 -E_S -[X in X + _](expectation_constant (draws_total N)) -expectationD.
by apply: eq_expectation => b; rewrite sum_prepend.
Qed.

Lemma sum_squared_expectation N :
  expectation (draws p N) (fun b => sum b ^+ 2) = N%:R * expectation p (fun x => u x ^+ 2).
Proof.
elim: N => [|N E_S2].
  by rewrite mul0r /expectation big1 // => b _; rewrite /sum big_ord0 expr0n mulr0.
rewrite one_more_draw.
have inside x : expectation (draws p N) (fun b => sum (prepend x b) ^+ 2)
    = u x ^+ 2 + N%:R * expectation p (fun x => u x ^+ 2).
  have expanded (b : {ffun 'I_N -> T}) :
      sum (prepend x b) ^+ 2 = u x ^+ 2 + (2%:R * u x * sum b + sum b ^+ 2).
    by rewrite sum_prepend; ring.
  rewrite (eq_expectation _ expanded) !expectationD expectationZ sum_expectation E_S2.
  by rewrite (expectation_constant (draws_total N)) mulr0 add0r.
rewrite (eq_expectation _ inside) expectationD (expectation_constant total).
by rewrite mulrS mulrDl mul1r.
Qed.

End Draws.

(** Step 4: the mean of N independent draws, of any law and any numbers y. *)
Lemma mean_of_independent_draws (R : realFieldType) (T : finType) (p y : T -> R) (N : nat)
    (total : \sum_x p x = 1) (N_gt0 : (0 < N)%N) :
  let m (b : {ffun 'I_N -> T}) := mean (fun n => y (b n)) in
  expectation (draws p N) m = expectation p y
    /\ variance (draws p N) m = variance p y / N%:R.
Proof.
move=> m; have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
pose u x := y x - expectation p y; have u_centred : expectation p u = 0 := centred total y.
have shifted b : m b = N%:R^-1 * sum u b + expectation p y.
  rewrite /m /mean /sum big_split sumr_const card_ord /= -mulr_natr.
  by field.
have E_m : expectation (draws p N) m = expectation p y.
  rewrite (eq_expectation _ shifted) expectationD expectationZ sum_expectation //.
  by rewrite mulr0 add0r (expectation_constant (draws_total total N)).
split=> //; rewrite /variance E_m.
have square b : (m b - expectation p y) ^+ 2 = N%:R^-2 * sum u b ^+ 2.
  by rewrite shifted addrK exprMn exprVn.
rewrite (eq_expectation _ square) expectationZ sum_squared_expectation //.
by rewrite mulrA mulrC; congr (_ * _); field.
Qed.

Section Projection.

Variables (R : realFieldType) (T : finType) (p : T -> R) (d : nat).
Variables (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d).
Hypothesis total : \sum_x p x = 1.

Lemma projection_deviation x :
  projection w c z x - expectation p (projection w c z)
    = \sum_(i < d) w 0 i * (feature z i x - expectation p (feature z i)).
Proof.
rewrite /projection expectationD (expectation_constant total) expectation_sum.
rewrite opprD addrACA subrr addr0 -sumrB.
by apply: eq_bigr => i _; rewrite expectationZ mulrBr.
Qed.

(** Step 1. *)
Lemma projection_covariances :
  variance p (projection w c z)
    = \sum_(i < d) \sum_(j < d) w 0 i * w 0 j * covariance p (feature z i) (feature z j).
Proof.
pose a i x := w 0 i * (feature z i x - expectation p (feature z i)).
have square x : (projection w c z x - expectation p (projection w c z)) ^+ 2
    = \sum_i \sum_j a i x * a j x.
  by rewrite projection_deviation expr2 big_distrlr.
rewrite /variance (eq_expectation _ square) expectation_sum; apply: eq_bigr => i _.
rewrite expectation_sum; apply: eq_bigr => j _.
by rewrite -expectationZ; apply: eq_expectation => x; rewrite /a mulrACA.
Qed.

Lemma projection_variance :
  uncorrelated z p ->
  variance p (projection w c z) = \sum_(i < d) w 0 i ^+ 2 * variance p (feature z i).
Proof.
move=> diagonal; rewrite projection_covariances; apply: eq_bigr => i _.
rewrite (bigD1 i) //= [X in _ + X]big1 ?addr0 => [|j j_neq_i]; first by rewrite -expr2.
by rewrite diagonal ?mulr0 // eq_sym.
Qed.

End Projection.

Theorem proposition_2_mean (R : realFieldType) (T : finType) (p : T -> R) (d N : nat)
    (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d)
    (total : \sum_x p x = 1) (N_gt0 : (0 < N)%N) (diagonal : uncorrelated z p) :
  expectation (draws p N) (mu w c z) = expectation p (projection w c z)
  /\ variance (draws p N) (mu w c z)
       = (\sum_(i < d) w 0 i ^+ 2 * variance p (feature z i)) / N%:R.
Proof.
by rewrite -(projection_variance w c total diagonal); apply: mean_of_independent_draws.
Qed.

Section Examples.

Variable R : realFieldType.

(** Two outcomes, true and false, with the weight 1/2 each. *)
Definition fair (x : bool) : R := 2%:R^-1.

Definition sign (x : bool) : R := if x then 1 else -1.

Lemma expectation_fair (f : bool -> R) : expectation fair f = (f true + f false) / 2%:R.
Proof. by rewrite /expectation big_bool /fair /=; field. Qed.

Example fair_total : \sum_x fair x = 1.
Proof. by rewrite big_bool /fair /=; field. Qed.

(** The hypotheses can be met with a feature that varies: one feature +-1. *)
Example one_feature :
  let z x : 'rV[R]_1 := const_mx (sign x) in
  uncorrelated z fair /\ variance fair (feature z 0) = 1.
Proof.
split=> [i j | ]; first by rewrite !ord1.
by rewrite /variance !expectation_fair /feature !mxE /=; field.
Qed.

(** Step 5. *)
Lemma correlated (N : nat) (N_gt0 : (0 < N)%N) :
  let z x : 'rV[R]_2 := const_mx (sign x) in
  let w : 'rV[R]_2 := const_mx 1 in
  variance (draws fair N) (mu w 0 z) = 4%:R / N%:R
  /\ (\sum_(i < 2) w 0 i ^+ 2 * variance fair (feature z i)) / N%:R = 2%:R / N%:R.
Proof.
move=> z w; have [_ ->] := mean_of_independent_draws (projection w 0 z) fair_total N_gt0.
rewrite big_ord_recl big_ord1 /variance !expectation_fair /projection /inner /feature.
rewrite !big_ord_recl !big_ord0 !mxE /=.
by split; congr (_ / _); field.
Qed.

End Examples.

Print Assumptions mean_of_independent_draws.
Print Assumptions proposition_2_mean.

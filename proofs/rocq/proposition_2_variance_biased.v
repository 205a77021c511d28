(** Over mini-batches of N independent draws of one law whose features are uncorrelated, BN's own
    sigma^2, with 1/N, has the variance ((N - 1)^2 phi^4 - (N - 1)(N - 3) s^4) / N^3, where
    s^2 = <w^2, rho^2> and phi^4 is the fourth central moment of <w, z>.

    For N >= 2 that is ((N - 1)/N)^2 times (1/N)(phi^4 - s^4 (N - 3)/(N - 1)), the formula of
    Eq. 13, which is the variance of the estimator that divides by N - 1. So Eq. 13 is false of
    sigma^2 (Eq. 3), for every N >= 2: that is [proposition_2_variance].

    A law on finitely many outcomes is a weight p with the sum 1; a mini-batch is a map b from N
    places to outcomes, of weight p(b_1) ... p(b_N). Let u = <w, z> - E<w, z> at an outcome, with
    the moments m_1 = 0, m_2 = v, m_3, m_4 = f, and after n draws S = u(b_1) + ... + u(b_n) and
    Q = u(b_1)^2 + ... + u(b_n)^2.

    1. v is the sum of w_i w_j Cov(z_i, z_j) over all i and j. Only i = j is left where the features
       are uncorrelated: v = <w^2, rho^2> = s^2 ([projection_variance]).
    2. A sum over mini-batches of n + 1 draws is a sum over the first draw and, inside, one over
       mini-batches of n draws, and the weight is the product of theirs ([one_more_draw]). So the
       expectation of u^k S^i Q^j, u from the first draw, S and Q from the others, is
       m_k E[S^i Q^j] ([first_draw]).
    3. E[(u + S)^i (Q + u^2)^j] is expanded, and by induction over the draws E[S] = 0,
       E[S^2] = E[Q] = n v, E[S^2 Q] = E[Q^2] = n f + n (n - 1) v^2 and
       E[S^4] = n f + 3 n (n - 1) v^2 ([mixed_1_0] to [mixed_4_0]).
    4. sigma^2 = Q / N - (S / N)^2, whatever the bias ([squared_scale_centred]). With step 3,
       E[sigma^2] = (N - 1) v / N, and E[sigma^4] - E[sigma^2]^2 is the formula ([of_any_numbers]).
    5. For N = 1 it is 0. For N >= 2 the formula of Eq. 13 is that of N / (N - 1) sigma^2
       ([proposition_2_variance_unbiased]).
    6. The law +-1 with the weights 1/2, d = 1 and w = 1 has s^2 = phi^4 = 1: the variance of
       sigma^2 is 2 (N - 1) / N^3, and Eq. 13 says 2 / (N (N - 1)). They differ, since
       (N - 1)^2 = N^2 would make 2 N = 1; for N = 2 they are 1/4 and 1.
    7. Features must be uncorrelated: for two that are equal and N = 2 it is 4, and the formula
       says 5/2 ([correlated]).

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

(** sigma^2 of a mini-batch, with 1/N (Eq. 3). *)
Definition squared_scale (b : {ffun 'I_N -> T}) : R :=
  mean (fun n => (projection (b n) - mu b) ^+ 2).

(** The covariance of the inputs is diagonal. *)
Definition uncorrelated (p : T -> R) : Prop :=
  forall i j, i != j -> covariance p (feature i) (feature j) = 0.

(** s^2 = <w^2, rho^2>, rho_i^2 the variance of feature i, and phi^4. *)
Definition s_squared (p : T -> R) : R := \sum_(i < d) w 0 i ^+ 2 * variance p (feature i).

Definition phi_fourth (p : T -> R) : R :=
  let y x := inner w (z x) in expectation p (fun x => (y x - expectation p y) ^+ 4).

(** (1/N)(phi^4 - s^4 (N - 3)/(N - 1)), the variance of sigma^2 in Eq. 13. *)
Definition equation_13 (p : T -> R) : R :=
  N%:R^-1 * (phi_fourth p - s_squared p ^+ 2 * ((N%:R - 3%:R) / (N%:R - 1))).

End Definitions.

Arguments draws {R T} p N b.
Arguments equation_13 {R T d} N w z p.

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

Lemma variance_moments f :
  variance p f = expectation p (fun x => f x ^+ 2) - expectation p f ^+ 2.
Proof.
have square x : (f x - expectation p f) ^+ 2
    = f x ^+ 2 + (- (2%:R * expectation p f) * f x + expectation p f ^+ 2).
  by ring.
rewrite /variance (eq_expectation square) !expectationD expectationZ expectation_constant.
by ring.
Qed.

Lemma varianceZ a f : variance p (fun x => a * f x) = a ^+ 2 * variance p f.
Proof.
rewrite /variance expectationZ -[RHS]expectationZ; apply: eq_expectation => x.
by ring.
Qed.

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

(** S, Q, m_k and E[S^i Q^j] after N draws. *)
Definition sum N (b : {ffun 'I_N -> T}) : R := \sum_(n < N) u (b n).

Definition sum_of_squares N (b : {ffun 'I_N -> T}) : R := \sum_(n < N) u (b n) ^+ 2.

Definition moment (k : nat) : R := expectation p (fun x => u x ^+ k).

Definition mixed (N i j : nat) : R :=
  expectation (draws p N) (fun b => sum b ^+ i * sum_of_squares b ^+ j).

(** The sum of the a P(k) M(i, j) over a list of (a, k, i, j). *)
Definition expansion (s : seq (nat * nat * nat * nat)) (P : nat -> R) (M : nat -> nat -> R) : R :=
  \sum_(m <- s) let: (a, k, i, j) := m in a%:R * P k * M i j.

Lemma sum_prepend N x (b : {ffun 'I_N -> T}) : sum (prepend x b) = u x + sum b.
Proof.
rewrite /sum big_ord_recl prepend_first; congr (_ + _).
by apply: eq_bigr => n _; rewrite prepend_later.
Qed.

Lemma sum_of_squares_prepend N x (b : {ffun 'I_N -> T}) :
  sum_of_squares (prepend x b) = u x ^+ 2 + sum_of_squares b.
Proof.
rewrite /sum_of_squares big_ord_recl prepend_first; congr (_ + _).
by apply: eq_bigr => n _; rewrite prepend_later.
Qed.

(** Step 2. *)
Lemma first_draw N s :
  expectation p (fun x => expectation (draws p N) (fun b =>
    expansion s (fun k => u x ^+ k) (fun i j => sum b ^+ i * sum_of_squares b ^+ j)))
    = expansion s moment (mixed N).
Proof.
rewrite /expansion; elim: s => [|[[[a k] i] j] s later].
  rewrite big_nil -[RHS](expectation_constant total); apply: eq_expectation => x.
  rewrite -[RHS](expectation_constant (draws_total N)); apply: eq_expectation => b.
  by rewrite big_nil.
rewrite big_cons -later -[moment k]mulr1.
transitivity (expectation p (fun x => a%:R * mixed N i j * u x ^+ k
  + expectation (draws p N) (fun b => expansion s (fun k => u x ^+ k)
      (fun i j => sum b ^+ i * sum_of_squares b ^+ j)))).
  apply: eq_expectation => x; rewrite [_ * u x ^+ k]mulrAC -expectationZ -expectationD.
  by apply: eq_expectation => b; rewrite big_cons.
by rewrite expectationD expectationZ mulr1 mulrAC.
Qed.

(** A polynomial identity in u, S and Q gives a mixed moment after one more draw. *)
Lemma one_more N i j s :
  (forall y S Q : R, (y + S) ^+ i * (y ^+ 2 + Q) ^+ j
     = expansion s (fun k => y ^+ k) (fun i j => S ^+ i * Q ^+ j)) ->
  mixed N.+1 i j = expansion s moment (mixed N).
Proof.
move=> expanded; rewrite -first_draw /mixed one_more_draw.
apply: eq_expectation => x; apply: eq_expectation => b.
by rewrite sum_prepend sum_of_squares_prepend expanded.
Qed.

Lemma mixed_no_draws i j : (0 < i + j)%N -> mixed 0 i j = 0.
Proof.
move=> positive; rewrite /mixed /expectation big1 // => b _.
rewrite /sum /sum_of_squares !big_ord0 -exprD expr0n.
by rewrite eqn0Ngt positive mulr0.
Qed.

Lemma mixed_0_0 N : mixed N 0 0 = 1.
Proof.
rewrite -[RHS](expectation_constant (draws_total N)); apply: eq_expectation => b.
by rewrite !expr0 mulr1.
Qed.

Lemma moment_0 : moment 0 = 1.
Proof. by rewrite -[RHS](expectation_constant total). Qed.

Hypothesis u_centred : moment 1 = 0.

Let v := moment 2.
Let f := moment 4.

Let natS n : n.+1%:R = n%:R + 1 :> R.
Proof. by rewrite mulrS addrC. Qed.

(** Step 3. *)
Lemma mixed_1_0 N : mixed N 1 0 = 0.
Proof.
elim: N => [|N IH]; first by rewrite mixed_no_draws.
rewrite (@one_more _ _ _ [:: (1, 1, 0, 0); (1, 0, 1, 0)]%N) => [|y S Q].
  by rewrite /expansion !big_cons big_nil u_centred IH /=; ring.
by rewrite /expansion !big_cons big_nil /=; ring.
Qed.

Lemma mixed_2_0 N : mixed N 2 0 = N%:R * v.
Proof.
elim: N => [|N IH]; first by rewrite mixed_no_draws // mul0r.
rewrite (@one_more _ _ _ [:: (1, 2, 0, 0); (2, 1, 1, 0); (1, 0, 2, 0)]%N) => [|y S Q].
  rewrite /expansion !big_cons big_nil u_centred mixed_0_0 moment_0 IH natS /= -/v; ring.
by rewrite /expansion !big_cons big_nil /=; ring.
Qed.

Lemma mixed_0_1 N : mixed N 0 1 = N%:R * v.
Proof.
elim: N => [|N IH]; first by rewrite mixed_no_draws // mul0r.
rewrite (@one_more _ _ _ [:: (1, 2, 0, 0); (1, 0, 0, 1)]%N) => [|y S Q].
  rewrite /expansion !big_cons big_nil mixed_0_0 moment_0 IH natS /= -/v; ring.
by rewrite /expansion !big_cons big_nil /=; ring.
Qed.

Lemma mixed_0_2 N : mixed N 0 2 = N%:R * f + N%:R * (N%:R - 1) * v ^+ 2.
Proof.
elim: N => [|N IH]; first by rewrite mixed_no_draws // !mul0r addr0.
rewrite (@one_more _ _ _ [:: (1, 4, 0, 0); (2, 2, 0, 1); (1, 0, 0, 2)]%N) => [|y S Q].
  rewrite /expansion !big_cons big_nil mixed_0_0 mixed_0_1 moment_0 IH natS /= -/v -/f; ring.
by rewrite /expansion !big_cons big_nil /=; ring.
Qed.

Lemma mixed_2_1 N : mixed N 2 1 = N%:R * f + N%:R * (N%:R - 1) * v ^+ 2.
Proof.
elim: N => [|N IH]; first by rewrite mixed_no_draws // !mul0r addr0.
rewrite (@one_more _ _ _ [:: (1, 4, 0, 0); (1, 2, 0, 1); (2, 3, 1, 0); (2, 1, 1, 1);
  (1, 2, 2, 0); (1, 0, 2, 1)]%N) => [|y S Q].
  rewrite /expansion !big_cons big_nil u_centred mixed_0_0 mixed_0_1 mixed_1_0 mixed_2_0 moment_0.
  rewrite IH natS /= -/v -/f; ring.
by rewrite /expansion !big_cons big_nil /=; ring.
Qed.

Lemma mixed_4_0 N : mixed N 4 0 = N%:R * f + 3%:R * N%:R * (N%:R - 1) * v ^+ 2.
Proof.
elim: N => [|N IH]; first by rewrite mixed_no_draws // mulr0 !mul0r addr0.
rewrite (@one_more _ _ _ [:: (1, 4, 0, 0); (4, 3, 1, 0); (6, 2, 2, 0); (4, 1, 3, 0);
  (1, 0, 4, 0)]%N) => [|y S Q].
  rewrite /expansion !big_cons big_nil u_centred mixed_0_0 mixed_1_0 mixed_2_0 moment_0.
  rewrite IH natS /= -/v -/f; ring.
by rewrite /expansion !big_cons big_nil /=; ring.
Qed.

End Draws.

Section OfAnyNumbers.

Variables (R : realFieldType) (T : finType) (p y : T -> R) (N : nat).
Hypotheses (total : \sum_x p x = 1) (N_gt0 : (0 < N)%N).

Let N_neq0 : N%:R != 0 :> R.
Proof. by rewrite pnatr_eq0 -lt0n. Qed.

Let u x := y x - expectation p y.

(** Step 4: the biased variance of N independent draws, of any law and any numbers y. *)
Definition biased_variance (b : {ffun 'I_N -> T}) : R :=
  mean (fun n => (y (b n) - mean (fun n => y (b n))) ^+ 2).

Lemma squared_scale_centred b :
  biased_variance b = sum_of_squares u b / N%:R - (sum u b / N%:R) ^+ 2.
Proof.
have mean_y : mean (fun n => y (b n)) = sum u b / N%:R + expectation p y.
  by rewrite /mean /sum /u big_split sumr_const card_ord /= -mulr_natr; field.
have square n : (y (b n) - mean (fun n => y (b n))) ^+ 2
    = u (b n) ^+ 2 + (- (2%:R * (sum u b / N%:R)) * u (b n) + (sum u b / N%:R) ^+ 2).
  by rewrite mean_y /u; set a := sum _ _ / _; ring.
rewrite /biased_variance {1}/mean (eq_bigr _ (fun n _ => square n)) !big_split -mulr_sumr.
rewrite sumr_const card_ord /= -[_ *+ N]mulr_natr -/(sum u b) -/(sum_of_squares u b).
by field.
Qed.

Lemma of_any_numbers :
  expectation (draws p N) biased_variance = (N%:R - 1) / N%:R * variance p y
  /\ variance (draws p N) biased_variance
       = ((N%:R - 1) ^+ 2 * expectation p (fun x => (y x - expectation p y) ^+ 4)
            - (N%:R - 1) * (N%:R - 3%:R) * variance p y ^+ 2) / N%:R ^+ 3.
Proof.
have u_centred : moment p u 1 = 0 by rewrite -[RHS](centred total y).
have E_V : expectation (draws p N) biased_variance = (N%:R - 1) / N%:R * variance p y.
  transitivity (N%:R^-1 * mixed p u N 0 1 + - N%:R^-2 * mixed p u N 2 0); last first.
    by rewrite mixed_0_1 // mixed_2_0 // /variance -/(moment p u 2); field.
  rewrite -!expectationZ -!expectationD; apply: eq_expectation => b.
  by rewrite squared_scale_centred; field.
have E_V2 : expectation (draws p N) (fun b => biased_variance b ^+ 2)
    = N%:R^-2 * mixed p u N 0 2 + (- (2%:R / N%:R ^+ 3) * mixed p u N 2 1
        + N%:R^-4 * mixed p u N 4 0).
  rewrite -!expectationZ -!expectationD; apply: eq_expectation => b.
  by rewrite squared_scale_centred; field.
split=> //; rewrite variance_moments ?E_V ?E_V2; last exact: draws_total.
rewrite mixed_0_2 // mixed_2_1 // mixed_4_0 // -/(moment p u 4).
rewrite /variance -/(moment p u 2).
by field.
Qed.

End OfAnyNumbers.

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
  variance p (projection w c z) = s_squared w z p.
Proof.
move=> diagonal; rewrite projection_covariances; apply: eq_bigr => i _.
rewrite (bigD1 i) //= [X in _ + X]big1 ?addr0 => [|j j_neq_i]; first by rewrite -expr2.
by rewrite diagonal ?mulr0 // eq_sym.
Qed.

Lemma projection_fourth :
  expectation p (fun x => (projection w c z x - expectation p (projection w c z)) ^+ 4)
    = phi_fourth w z p.
Proof.
apply: eq_expectation => x; rewrite /projection expectationD (expectation_constant total).
by rewrite opprD addrACA subrr addr0.
Qed.

End Projection.

Theorem proposition_2_variance_biased (R : realFieldType) (T : finType) (p : T -> R) (d N : nat)
    (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d)
    (total : \sum_x p x = 1) (N_gt0 : (0 < N)%N) (diagonal : uncorrelated z p) :
  let V := variance (draws p N) (squared_scale w c z) in
  V = ((N%:R - 1) ^+ 2 * phi_fourth w z p - (N%:R - 1) * (N%:R - 3%:R) * s_squared w z p ^+ 2)
        / N%:R ^+ 3
  /\ ((1 < N)%N -> V = ((N%:R - 1) / N%:R) ^+ 2 * equation_13 N w z p).
Proof.
move=> V; have [_ V_is] := of_any_numbers (projection w c z) total N_gt0.
rewrite [V]V_is projection_fourth // projection_variance //; split=> // N_gt1.
have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have predN_neq0 : N%:R - 1 != 0 :> R by rewrite subr_eq0 pnatr_eq1 gtn_eqF.
by rewrite /equation_13; field; rewrite predN_neq0.
Qed.

(** E[sigma^2] = (N - 1) s^2 / N. *)
Lemma squared_scale_expectation (R : realFieldType) (T : finType) (p : T -> R) (d N : nat)
    (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d)
    (total : \sum_x p x = 1) (N_gt0 : (0 < N)%N) (diagonal : uncorrelated z p) :
  expectation (draws p N) (squared_scale w c z) = (N%:R - 1) / N%:R * s_squared w z p.
Proof.
have [E_is _] := of_any_numbers (projection w c z) total N_gt0.
by rewrite [LHS]E_is projection_variance.
Qed.

(** Step 5. *)
Lemma one_draw (R : realFieldType) (T : finType) (p : T -> R) (d : nat)
    (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d) (total : \sum_x p x = 1) :
  variance (draws p 1) (squared_scale w c z) = 0.
Proof.
have [_ V_is] := of_any_numbers (projection w c z) total (ltn0Sn 0).
by rewrite [LHS]V_is subrr expr0n !mul0r subrr mul0r.
Qed.

Theorem proposition_2_variance_unbiased (R : realFieldType) (T : finType) (p : T -> R) (d N : nat)
    (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d)
    (total : \sum_x p x = 1) (N_gt1 : (1 < N)%N) (diagonal : uncorrelated z p) :
  variance (draws p N) (fun b => N%:R / (N%:R - 1) * squared_scale w c z b) = equation_13 N w z p.
Proof.
have N_gt0 : (0 < N)%N by apply: ltnW.
have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have predN_neq0 : N%:R - 1 != 0 :> R by rewrite subr_eq0 pnatr_eq1 gtn_eqF.
have [_ V_is] := proposition_2_variance_biased w c total N_gt0 diagonal.
by rewrite varianceZ V_is //; field; rewrite N_neq0 predN_neq0.
Qed.

(** Eq. 13 as stated, for mini-batches of N and sigma^2 with 1/N, with the paper's zero mean. *)
Definition proposition_2_variance_as_stated (R : realFieldType) (N : nat) : Prop :=
  forall (T : finType) (p : T -> R) (d : nat) (w : 'rV[R]_d) (c : R) (z : T -> 'rV[R]_d),
    (forall x, 0 <= p x) -> \sum_x p x = 1 -> (forall i, expectation p (feature z i) = 0) ->
    uncorrelated z p ->
    variance (draws p N) (squared_scale w c z) = equation_13 N w z p.

Section Examples.

Variable R : realFieldType.

(** Two outcomes, true and false, with the weight 1/2 each, and d features, all +-1. *)
Definition fair (x : bool) : R := 2%:R^-1.

Definition sign d (x : bool) : 'rV[R]_d := const_mx (if x then 1 else -1).

Definition ones d : 'rV[R]_d := const_mx 1.

Lemma expectation_fair (f : bool -> R) : expectation fair f = (f true + f false) / 2%:R.
Proof. by rewrite /expectation big_bool /fair /=; field. Qed.

Lemma fair_ge0 x : 0 <= fair x.
Proof. by rewrite invr_ge0 ler0n. Qed.

Lemma fair_total : \sum_x fair x = 1.
Proof. by rewrite big_bool /fair /=; field. Qed.

Lemma sign_mean d i : expectation fair (feature (@sign d) i) = 0.
Proof. by rewrite expectation_fair /feature !mxE /= subrr mul0r. Qed.

Lemma sign_variance d i : variance fair (feature (@sign d) i) = 1.
Proof. by rewrite /variance !expectation_fair /feature !mxE /=; field. Qed.

Lemma sign_uncorrelated : uncorrelated (@sign 1) fair.
Proof. by move=> i j; rewrite !ord1. Qed.

Lemma one_sign_s : s_squared (ones 1) (@sign 1) fair = 1.
Proof. by rewrite /s_squared big_ord1 sign_variance mxE mulr1 expr1n. Qed.

Lemma one_sign_phi : phi_fourth (ones 1) (@sign 1) fair = 1.
Proof.
rewrite /phi_fourth !expectation_fair /inner !big_ord1 !mxE /=.
by field.
Qed.

(** Step 6. *)
Lemma one_sign (N : nat) (N_gt0 : (0 < N)%N) :
  variance (draws fair N) (squared_scale (ones 1) 0 (@sign 1)) = 2%:R * (N%:R - 1) / N%:R ^+ 3.
Proof.
have [-> _] := proposition_2_variance_biased (ones 1) 0 fair_total N_gt0 sign_uncorrelated.
by rewrite one_sign_s one_sign_phi; congr (_ / _); ring.
Qed.

Lemma one_sign_13 (N : nat) (N_gt1 : (1 < N)%N) :
  equation_13 N (ones 1) (@sign 1) fair = 2%:R / (N%:R * (N%:R - 1)).
Proof.
have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n ltnW.
have predN_neq0 : N%:R - 1 != 0 :> R by rewrite subr_eq0 pnatr_eq1 gtn_eqF.
by rewrite /equation_13 one_sign_s one_sign_phi; field; rewrite predN_neq0.
Qed.

Example a_quarter_and_one :
  variance (draws fair 2) (squared_scale (ones 1) 0 (@sign 1)) = 4%:R^-1
  /\ equation_13 2 (ones 1) (@sign 1) fair = 1.
Proof. by rewrite one_sign // one_sign_13 //; split; field. Qed.

(** Step 7: w = (1, 1). *)
Lemma correlated :
  variance (draws fair 2) (squared_scale (ones 2) 0 (@sign 2)) = 4%:R
  /\ ((2%:R - 1) ^+ 2 * phi_fourth (ones 2) (@sign 2) fair
        - (2%:R - 1) * (2%:R - 3%:R) * s_squared (ones 2) (@sign 2) fair ^+ 2) / 2%:R ^+ 3
     = 5%:R / 2%:R.
Proof.
have [_ V_is] := of_any_numbers (projection (ones 2) 0 (@sign 2)) fair_total (ltn0Sn 1).
rewrite [variance (draws _ _) _]V_is projection_fourth; last exact: fair_total.
have -> : phi_fourth (ones 2) (@sign 2) fair = 16%:R.
  by rewrite /phi_fourth !expectation_fair /inner !big_ord_recl !big_ord0 !mxE /=; field.
have -> : s_squared (ones 2) (@sign 2) fair = 2%:R.
  by rewrite /s_squared !big_ord_recl big_ord0 !sign_variance !mxE /=; ring.
have -> : variance fair (projection (ones 2) 0 (@sign 2)) = 4%:R.
  rewrite /variance !expectation_fair /projection /inner !big_ord_recl !big_ord0 !mxE /=.
  by field.
by split; field.
Qed.

End Examples.

Theorem proposition_2_variance (R : realFieldType) (N : nat) (N_gt1 : (1 < N)%N) :
  ~ proposition_2_variance_as_stated R N.
Proof.
move=> stated.
have := stated _ _ _ (ones R 1) 0 _ (@fair_ge0 R) (fair_total R) (@sign_mean R 1)
  (@sign_uncorrelated R).
have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n ltnW.
have predN_neq0 : N%:R - 1 != 0 :> R by rewrite subr_eq0 pnatr_eq1 gtn_eqF.
rewrite one_sign ?(ltnW N_gt1) // one_sign_13 // => equal.
have : (N%:R - 1) ^+ 2 = N%:R ^+ 2 :> R.
  transitivity (2%:R * (N%:R - 1) / N%:R ^+ 3 * (N%:R ^+ 3 * (N%:R - 1) / 2%:R) : R).
    by field.
  by rewrite equal; field; rewrite predN_neq0.
move=> /eqP; rewrite -subr_eq0.
have -> : (N%:R - 1) ^+ 2 - N%:R ^+ 2 = 1 - (2 * N)%:R :> R by rewrite natrM; ring.
rewrite subr_eq0 -[1 == _]/(1%:R == (2 * N)%:R) eqr_nat => /eqP/(congr1 odd).
by rewrite oddM.
Qed.

Print Assumptions proposition_2_variance_biased.
Print Assumptions proposition_2_variance_unbiased.
Print Assumptions proposition_2_variance.

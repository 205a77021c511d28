(** Over mini-batches of N out of the M >= 2 samples, drawn without replacement,
    Var(mu) = (s^2 / N)(M - N)/(M - 1), where s^2 = <w, S w> and S is the covariance of the inputs
    over all M. It is not s^2 / N as for independent draws, unless N = 1 or s = 0.

    A mini-batch is an injective map b from N places to the M samples, all such maps equally likely.
    Let u be the projections minus their mean, v the mean of the u^2, that is s^2, and
    S_N = u(b_1) + ... + u(b_N), Q_N = u(b_1)^2 + ... + u(b_N)^2.

    1. A mini-batch of N + 1 is one of N and a sample x that is not in it, one of M - N
       ([one_more_draw]).
    2. Over the samples x that are not in b, u adds up to -S_N and u^2 to M v - Q_N, since over all
       samples they add up to 0 and to M v ([sum_outside]).
    3. So E[Q_{N+1}] = E[Q_N] + (M v - E[Q_N]) / (M - N): by induction E[Q_N] = N v
       ([squares_average]).
    4. E[(S_N + u(x))^2] = E[S_N^2] - 2 E[S_N^2] / (M - N) + (M v - E[Q_N]) / (M - N): by induction
       E[S_N^2] = N v (M - N)/(M - 1) ([squared_sum_average]). E[S_N] = 0 in the same way.
    5. mu is S_N / N plus the mean of all projections; Var(mu) = E[S_N^2] / N^2.
    6. v = <w, S w>: the square of u = sum_i w_i (z_i - mean z_i) is a double sum
       ([projection_variance]).
    7. The factor (M - N)/(M - 1) is 1 only for N = 1: for 2 <= N <= M one input 1 and all others 0
       have another Var(mu) than s^2 / N ([proposition_2_without_replacement]).

    What is general: any M >= 2, 1 <= N <= M, dimension d, row w, bias c and inputs, over any real
    field R. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** The mean of N numbers (Eq. 3), and their biased variance. *)
Definition mean N (t : 'I_N -> R) : R := (\sum_(n < N) t n) / N%:R.

Definition biased_variance N (t : 'I_N -> R) : R := mean (fun n => (t n - mean t) ^+ 2).

(** E[f] and Var(f) where all members of a finite set A are equally likely. *)
Definition expectation (T : finType) (A : {set T}) (f : T -> R) : R :=
  (\sum_(b in A) f b) / #|A|%:R.

Definition variance (T : finType) (A : {set T}) (f : T -> R) : R :=
  expectation A (fun b => (f b - expectation A f) ^+ 2).

(** The mini-batches of N out of M samples: no sample is drawn twice. *)
Definition without_replacement M N : {set {ffun 'I_N -> 'I_M}} :=
  [set b : {ffun 'I_N -> 'I_M} | injectiveb b].

(** <w, z>. *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

(** The inputs of a unit with the row w and the bias c. *)
Variables (d M N : nat) (w : 'rV[R]_d) (c : R) (z : 'I_M -> 'rV[R]_d).

Definition projection (m : 'I_M) : R := inner w (z m) + c.

(** mu of a mini-batch (Eq. 3). *)
Definition mu (b : {ffun 'I_N -> 'I_M}) : R := mean (fun n => projection (b n)).

(** S, the covariance matrix of the inputs over all M samples, and s^2 = <w, S w>. *)
Definition covariance : 'M[R]_d :=
  \matrix_(i, j) mean (fun m => (z m 0 i - mean (fun m => z m 0 i))
                                * (z m 0 j - mean (fun m => z m 0 j))).

Definition s_squared : R := inner w (w *m covariance).

End Definitions.

Section Expectation.

Variables (R : realFieldType) (T : finType) (A : {set T}).
Implicit Types f g : T -> R.

Lemma eq_expectation f g : {in A, f =1 g} -> expectation A f = expectation A g.
Proof. by move=> eq_fg; congr (_ / _); apply: eq_bigr. Qed.

Lemma expectationD f g :
  expectation A (fun b => f b + g b) = expectation A f + expectation A g.
Proof. by rewrite /expectation big_split mulrDl. Qed.

Lemma expectationZ a f : expectation A (fun b => a * f b) = a * expectation A f.
Proof. by rewrite /expectation -mulr_sumr mulrA. Qed.

Hypothesis nonempty : (0 < #|A|)%N.

Lemma expectation_constant (a : R) : expectation A (fun _ => a) = a.
Proof. by rewrite /expectation sumr_const -(mulr_natr a) mulfK // pnatr_eq0 -lt0n. Qed.

End Expectation.

Section Draws.

Variables (R : realFieldType) (M : nat).

Definition prepend N (x : 'I_M) (b : {ffun 'I_N -> 'I_M}) : {ffun 'I_N.+1 -> 'I_M} :=
  [ffun n => if unlift ord0 n is Some m then b m else x].

Lemma prepend_first N x (b : {ffun 'I_N -> 'I_M}) : prepend x b ord0 = x.
Proof. by rewrite ffunE unlift_none. Qed.

Lemma prepend_later N x (b : {ffun 'I_N -> 'I_M}) n : prepend x b (lift ord0 n) = b n.
Proof. by rewrite ffunE liftK. Qed.

Lemma prepend_injective N x (b : {ffun 'I_N -> 'I_M}) :
  injectiveb (prepend x b) = injectiveb b && (x \notin codom b).
Proof.
apply/injectiveP/andP => [inj | [/injectiveP inj x_notin] n n'].
  split; first apply/injectiveP => n n' equal.
    by apply: (@lift_inj _ ord0); apply: inj; rewrite !prepend_later.
  apply/codomP => -[n x_is]; have /eqP := neq_lift ord0 n; apply.
  by apply: inj; rewrite prepend_first prepend_later.
case: (unliftP ord0 n) => [m|] ->; case: (unliftP ord0 n') => [m'|] -> //;
  rewrite ?prepend_first ?prepend_later => equal.
- by rewrite (inj _ _ equal).
- by case/negP: x_notin; rewrite -equal codom_f.
- by case/negP: x_notin; rewrite equal codom_f.
Qed.

Lemma draws_count N : #|without_replacement M N| = (M ^_ N)%N.
Proof. by rewrite card_inj_ffuns !card_ord. Qed.

Lemma draws_nonempty N : (N <= M)%N -> (0 < #|without_replacement M N|)%N.
Proof. by rewrite draws_count ffact_gt0. Qed.

(** Step 1: the expectation of f after one more draw, given the first N. *)
Definition next_draw N (f : {ffun 'I_N.+1 -> 'I_M} -> R) (b : {ffun 'I_N -> 'I_M}) : R :=
  (\sum_(x | x \notin codom b) f (prepend x b)) / (M - N)%:R.

Lemma one_more_draw N (f : {ffun 'I_N.+1 -> 'I_M} -> R) :
  expectation (without_replacement M N.+1) f
    = expectation (without_replacement M N) (next_draw f).
Proof.
pose split (b : {ffun 'I_N.+1 -> 'I_M}) :=
  ([ffun n => b (lift ord0 n)] : {ffun 'I_N -> 'I_M}, b ord0).
have splitK : cancel split (fun bx => prepend bx.2 bx.1).
  move=> b; apply/ffunP => n; rewrite ffunE.
  by case: unliftP => [m|] -> //=; rewrite ffunE.
have prependK : cancel (fun bx => prepend bx.2 bx.1) split.
  case=> b x; rewrite /split prepend_first; congr (_, _).
  by apply/ffunP => n; rewrite ffunE prepend_later.
rewrite /expectation !draws_count ffactnSr natrM invfM [_^-1 * _]mulrC !mulrA -mulr_suml.
congr (_ * _ * _); rewrite (reindex (fun bx => prepend bx.2 bx.1)) /=; last first.
  by exists split => [bx _ | b _]; [apply: prependK | apply: splitK].
rewrite pair_big_dep; apply: eq_bigl => -[b x] /=.
by rewrite !inE prepend_injective.
Qed.

(** Step 2. *)
Lemma sum_outside N (b : {ffun 'I_N -> 'I_M}) (g : 'I_M -> R) :
  b \in without_replacement M N ->
  \sum_(x | x \notin codom b) g x = \sum_x g x - \sum_(n < N) g (b n).
Proof.
rewrite inE => /injectiveP inj; rewrite [\sum_x g x](bigID (mem (codom b))) /=.
suff -> : \sum_(x in codom b) g x = \sum_(n < N) g (b n) by rewrite [X in X - _]addrC addrK.
transitivity (\sum_(x <- codom b) g x); last by rewrite big_map big_enum.
by rewrite big_uniq // map_inj_uniq ?enum_uniq.
Qed.

Variable u : 'I_M -> R.

(** v, S_N and Q_N. *)
Let v := mean (fun m => u m ^+ 2).

Definition sum N (b : {ffun 'I_N -> 'I_M}) : R := \sum_(n < N) u (b n).

Definition sum_of_squares N (b : {ffun 'I_N -> 'I_M}) : R := \sum_(n < N) u (b n) ^+ 2.

Lemma sum_prepend N x (b : {ffun 'I_N -> 'I_M}) : sum (prepend x b) = u x + sum b.
Proof.
rewrite /sum big_ord_recl prepend_first; congr (_ + _).
by apply: eq_bigr => n _; rewrite prepend_later.
Qed.

Lemma sum_of_squares_prepend N x (b : {ffun 'I_N -> 'I_M}) :
  sum_of_squares (prepend x b) = u x ^+ 2 + sum_of_squares b.
Proof.
rewrite /sum_of_squares big_ord_recl prepend_first; congr (_ + _).
by apply: eq_bigr => n _; rewrite prepend_later.
Qed.

Hypothesis u_centred : \sum_m u m = 0.
Hypothesis M_gt1 : (1 < M)%N.

Let M_neq0 : M%:R != 0 :> R.
Proof. by rewrite pnatr_eq0 -lt0n ltnW. Qed.

Let all_squares : \sum_m u m ^+ 2 = M%:R * v.
Proof. by rewrite /v /mean mulrC divfK. Qed.

Let outside_constant N (b : {ffun 'I_N -> 'I_M}) (a : R) :
  b \in without_replacement M N -> (N <= M)%N -> \sum_(x | x \notin codom b) a = (M - N)%:R * a.
Proof.
move=> in_b le_NM; rewrite sum_outside // !sumr_const !card_ord -!(mulr_natl a) -mulrBl.
by rewrite natrB.
Qed.

Let remaining N : (N < M)%N -> (M - N)%:R != 0 :> R.
Proof. by rewrite pnatr_eq0 -lt0n subn_gt0. Qed.

Lemma sum_average N : (N <= M)%N -> expectation (without_replacement M N) (@sum N) = 0.
Proof.
elim: N => [|N IH] lt_NM.
  by rewrite /expectation big1 ?mul0r // => b _; rewrite /sum big_ord0.
have inside : {in without_replacement M N, next_draw (@sum N.+1)
    =1 (fun b => (1 - (M - N)%:R^-1) * sum b)}.
  move=> b in_b; rewrite /next_draw (eq_bigr _ (fun x _ => sum_prepend x b)) big_split /=.
  rewrite outside_constant ?(ltnW lt_NM) // sum_outside // u_centred -/(sum b).
  by field; apply: remaining.
by rewrite one_more_draw (eq_expectation inside) expectationZ IH ?mulr0 // ltnW.
Qed.

(** Step 3. *)
Lemma squares_average N :
  (N <= M)%N -> expectation (without_replacement M N) (@sum_of_squares N) = N%:R * v.
Proof.
elim: N => [|N IH] lt_NM.
  by rewrite mul0r /expectation big1 ?mul0r // => b _; rewrite /sum_of_squares big_ord0.
have inside : {in without_replacement M N, next_draw (@sum_of_squares N.+1)
    =1 (fun b => (1 - (M - N)%:R^-1) * sum_of_squares b + M%:R * v / (M - N)%:R)}.
  move=> b in_b; rewrite /next_draw (eq_bigr _ (fun x _ => sum_of_squares_prepend x b)).
  rewrite big_split /=.
  rewrite outside_constant ?(ltnW lt_NM) // sum_outside // all_squares -/(sum_of_squares b).
  by field; apply: remaining.
rewrite one_more_draw (eq_expectation inside) expectationD.
rewrite expectation_constant ?draws_nonempty ?(ltnW lt_NM) // expectationZ IH ?(ltnW lt_NM) //.
rewrite mulrS.
have := remaining lt_NM; rewrite natrB ?(ltnW lt_NM) // => rest.
by field.
Qed.

(** Step 4. *)
Lemma squared_sum_average N :
  (N <= M)%N ->
  expectation (without_replacement M N) (fun b => sum b ^+ 2)
    = N%:R * v * (M%:R - N%:R) / (M%:R - 1).
Proof.
have predM_neq0 : M%:R - 1 != 0 :> R by rewrite subr_eq0 pnatr_eq1 gtn_eqF.
elim: N => [|N IH] lt_NM.
  by rewrite !mul0r /expectation big1 ?mul0r // => b _; rewrite /sum big_ord0 expr0n.
have inside : {in without_replacement M N, next_draw (fun b : {ffun 'I_N.+1 -> 'I_M} => sum b ^+ 2)
    =1 (fun b => (1 - 2%:R / (M - N)%:R) * sum b ^+ 2
                 + (- (M - N)%:R^-1 * sum_of_squares b + M%:R * v / (M - N)%:R))}.
  move=> b in_b; have square x : sum (prepend x b) ^+ 2
      = u x ^+ 2 + (2%:R * sum b * u x + sum b ^+ 2).
    by rewrite sum_prepend; ring.
  rewrite /next_draw (eq_bigr _ (fun x _ => square x)) !big_split -mulr_sumr /=.
  rewrite outside_constant ?(ltnW lt_NM) // !sum_outside // all_squares u_centred.
  rewrite -/(sum b) -/(sum_of_squares b).
  by field; apply: remaining.
rewrite one_more_draw (eq_expectation inside) !expectationD.
rewrite expectation_constant ?draws_nonempty ?(ltnW lt_NM) // !expectationZ.
rewrite IH ?squares_average ?(ltnW lt_NM) // mulrS.
have := remaining lt_NM; rewrite natrB ?(ltnW lt_NM) // => rest.
by field; rewrite predM_neq0.
Qed.

End Draws.

Section Projection.

Variables (R : realFieldType) (d M : nat).
Variables (w : 'rV[R]_d) (c : R) (z : 'I_M -> 'rV[R]_d).
Hypothesis M_neq0 : M%:R != 0 :> R.

Let deviation m :
  projection w c z m - mean (projection w c z)
    = \sum_(i < d) w 0 i * (z m 0 i - mean (fun m => z m 0 i)).
Proof.
have -> : mean (projection w c z) = \sum_i w 0 i * mean (fun m => z m 0 i) + c.
  rewrite /mean big_split sumr_const card_ord /= mulrDl -(mulr_natr c) mulfK //.
  congr (_ + _); rewrite exchange_big mulr_suml; apply: eq_bigr => i _ /=.
  by rewrite -mulr_sumr mulrA.
rewrite /projection opprD addrACA subrr addr0 -sumrB.
by apply: eq_bigr => i _; rewrite mulrBr.
Qed.

(** Step 6. *)
Lemma projection_variance : biased_variance (projection w c z) = s_squared w z.
Proof.
have square m : (projection w c z m - mean (projection w c z)) ^+ 2
    = \sum_i \sum_j w 0 i * (w 0 j * ((z m 0 j - mean (fun m => z m 0 j))
                                       * (z m 0 i - mean (fun m => z m 0 i)))).
  rewrite deviation expr2 big_distrlr /=; apply: eq_bigr => i _; apply: eq_bigr => j _.
  by ring.
rewrite /biased_variance {1}/mean (eq_bigr _ (fun m _ => square m)) exchange_big mulr_suml.
apply: eq_bigr => i _; rewrite mxE exchange_big mulr_suml mulr_sumr; apply: eq_bigr => j _ /=.
by rewrite mxE /mean -!mulr_sumr !mulrA.
Qed.

End Projection.

Theorem proposition_2_finite_population (R : realFieldType) (d M N : nat)
    (w : 'rV[R]_d) (c : R) (z : 'I_M -> 'rV[R]_d)
    (M_gt1 : (1 < M)%N) (N_gt0 : (0 < N)%N) (N_leM : (N <= M)%N) :
  expectation (without_replacement M N) (mu w c z) = mean (projection w c z)
  /\ variance (without_replacement M N) (mu w c z)
       = s_squared w z / N%:R * ((M%:R - N%:R) / (M%:R - 1)).
Proof.
have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have M_neq0 : M%:R != 0 :> R by rewrite pnatr_eq0 -lt0n ltnW.
have predM_neq0 : M%:R - 1 != 0 :> R by rewrite subr_eq0 pnatr_eq1 gtn_eqF.
pose e := mean (projection w c z); pose u m := projection w c z m - e.
have u_centred : \sum_m u m = 0.
  by rewrite /u sumrB sumr_const card_ord -mulr_natr /e /mean divfK // subrr.
have shifted (b : {ffun 'I_N -> 'I_M}) : mu w c z b = N%:R^-1 * sum u b + e.
  have -> : sum u b = \sum_(n < N) projection w c z (b n) - N%:R * e.
    by rewrite /sum sumrB sumr_const card_ord mulr_natl.
  by rewrite /mu /mean; field.
have E_mu : expectation (without_replacement M N) (mu w c z) = e.
  rewrite (eq_expectation (fun b _ => shifted b)) expectationD expectationZ sum_average //.
  by rewrite mulr0 add0r expectation_constant ?draws_nonempty.
split=> //; rewrite /variance E_mu.
have square (b : {ffun 'I_N -> 'I_M}) : (mu w c z b - e) ^+ 2 = N%:R^-2 * sum u b ^+ 2.
  by rewrite shifted addrK exprMn exprVn.
rewrite (eq_expectation (fun b _ => square b)) expectationZ squared_sum_average //.
rewrite -(projection_variance w c z M_neq0).
rewrite -[biased_variance _]/(mean (fun m => u m ^+ 2)).
by field; rewrite predM_neq0.
Qed.

(** Var(mu) = s^2 / N, as for independent draws. *)
Definition proposition_2_without_replacement_as_stated (R : realFieldType) (M N : nat) : Prop :=
  forall (d : nat) (w : 'rV[R]_d) (c : R) (z : 'I_M -> 'rV[R]_d),
    variance (without_replacement M N) (mu w c z) = s_squared w z / N%:R.

(** Step 7. *)
Definition one_of (R : realFieldType) M (m : 'I_M) : 'rV[R]_1 := const_mx (m == 0%N :> nat)%:R.

Lemma one_of_squared (R : realFieldType) M (M_gt0 : (0 < M)%N) :
  s_squared (const_mx 1) (@one_of R M) = (M%:R - 1) / M%:R ^+ 2.
Proof.
have M_neq0 : M%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
case: M M_gt0 M_neq0 => // M _ M_neq0.
have average : mean (fun m : 'I_M.+1 => one_of R m 0 0) = M.+1%:R^-1.
  rewrite /mean big_ord_recl big1 => [|m _]; last by rewrite mxE.
  by rewrite mxE addr0 mul1r.
rewrite /s_squared /inner big_ord1 !mxE mul1r big_ord1 !mxE mul1r average.
rewrite /mean big_ord_recl mxE /= (eq_bigr (fun _ => M.+1%:R^-1 ^+ 2)) => [|m _]; last first.
  by rewrite mxE /= sub0r mulrN mulNr opprK.
rewrite sumr_const card_ord -(mulr_natr (_ ^+ 2)).
by field; rewrite -mulrS.
Qed.

Theorem proposition_2_without_replacement (R : realFieldType) (M N : nat)
    (N_gt1 : (1 < N)%N) (N_leM : (N <= M)%N) :
  ~ proposition_2_without_replacement_as_stated R M N.
Proof.
have M_gt1 : (1 < M)%N by apply: leq_trans N_leM.
move=> /(_ 1%N (const_mx 1) 0 (@one_of R M)).
have [_ ->] := @proposition_2_finite_population R 1 M N (const_mx 1) 0 (@one_of R M)
  M_gt1 (ltnW N_gt1) N_leM.
have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n ltnW.
have M_neq0 : M%:R != 0 :> R by rewrite pnatr_eq0 -lt0n ltnW.
have predM_neq0 : M%:R - 1 != 0 :> R by rewrite subr_eq0 pnatr_eq1 gtn_eqF.
rewrite one_of_squared ?(ltnW M_gt1) // -[RHS]mulr1 => /mulfI.
rewrite !mulf_eq0 !invr_eq0 expf_eq0 (negbTE predM_neq0) (negbTE M_neq0) (negbTE N_neq0).
move=> /(_ isT)/(canRL (divfK predM_neq0)); rewrite mul1r => /addrI/oppr_inj/eqP.
by rewrite pnatr_eq1 gtn_eqF.
Qed.

Print Assumptions proposition_2_finite_population.
Print Assumptions proposition_2_without_replacement.

(** The batch mean is the unique minimiser of a layer's total least squares distance to its
    hyperplanes, and the least value is the sum of sigma_k^2 / ||w_k||^2.

    Let t_n = <w, z_n> + c be the projections of one unit over N >= 1 samples, w != 0, m their mean,
    sigma^2 their biased variance, and H = {z : <w, z> + c = mu} the hyperplane of the offset mu.

    1. The point p = z - (<w, z> + c - mu) / ||w||^2 w is on H, and z - p is orthogonal to p - z'
       for every z' on H. So ||z - z'||^2 = ||z - p||^2 + ||p - z'||^2: the least squared distance
       of z to H is ||z - p||^2 = (<w, z> + c - mu)^2 / ||w||^2 ([squared_distance_is_least]).
    2. Over the batch the mean of (t_n - mu)^2 is sigma^2 + (mu - m)^2, as the t_n - m add up to 0
       ([mean_squared_deviation]).
    3. Summed over the units: L(mu) = L(m) + sum_k (mu_k - m_k)^2 / ||w_k||^2, and L(m) is the sum
       of sigma_k^2 / ||w_k||^2.
    4. A sum of squares with positive weights is 0 only where all are: m is the one minimiser.
    5. t L(mu) + (1 - t) L(nu) - L(t mu + (1 - t) nu) is t (1 - t) times the sum of
       (mu_k - nu_k)^2 / ||w_k||^2, positive for 0 < t < 1 and mu != nu: L is strictly convex.

    What is general: any N >= 1, any width K and dimension d, any rows w_k != 0, biases c_k and
    inputs z_n, over any real field R. No square root is taken: sigma^2 is the variance, before eps
    is added. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** <w, z> and ||w||^2. *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

Definition squared_norm d (w : 'rV[R]_d) : R := inner w w.

(** Mean and biased variance of N numbers (Eq. 3). *)
Definition mean N (t : 'I_N -> R) : R := (\sum_(n < N) t n) / N%:R.

Definition variance N (t : 'I_N -> R) : R := mean (fun n => (t n - mean t) ^+ 2).

(** H = {z : <w, z> + c = mu} (Eq. 5), and d(z, H)^2 (Eq. 7). *)
Definition on_hyperplane d (w : 'rV[R]_d) (c mu : R) (z : 'rV[R]_d) : Prop := inner w z + c = mu.

Definition squared_distance d (w : 'rV[R]_d) (c mu : R) (z : 'rV[R]_d) : R :=
  (inner w z + c - mu) ^+ 2 / squared_norm w.

(** The layer: K rows w_k with biases c_k, and N inputs z_n. *)
Variables (d K N : nat) (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : 'I_N -> 'rV[R]_d).

Definition projection (k : 'I_K) (n : 'I_N) : R := inner (w k) (z n) + c k.

Definition batch_mean : 'rV[R]_K := \row_k mean (projection k).

(** L(mu) = sum_k mean_n d(z_n, H_k)^2 (Eq. 8-9). *)
Definition loss (mu : 'rV[R]_K) : R :=
  \sum_(k < K) mean (fun n => squared_distance (w k) (c k) (mu 0 k) (z n)).

End Definitions.

Section InnerProduct.

Variables (R : realFieldType) (d : nat).
Implicit Types u v w z : 'rV[R]_d.

Lemma innerC w z : inner w z = inner z w.
Proof. by apply: eq_bigr => i _; rewrite mulrC. Qed.

Lemma innerDr w u v : inner w (u + v) = inner w u + inner w v.
Proof. by rewrite -big_split; apply: eq_bigr => i _; rewrite mxE mulrDr. Qed.

Lemma innerZr w a u : inner w (a *: u) = a * inner w u.
Proof. by rewrite mulr_sumr; apply: eq_bigr => i _; rewrite mxE mulrCA. Qed.

Lemma innerBr w u v : inner w (u - v) = inner w u - inner w v.
Proof. by rewrite innerDr -scaleN1r innerZr mulN1r. Qed.

Lemma squared_norm_ge0 w : 0 <= squared_norm w.
Proof. by apply: sumr_ge0 => i _; rewrite -expr2 sqr_ge0. Qed.

Lemma squared_norm_gt0 w : w != 0 -> 0 < squared_norm w.
Proof.
move=> w_neq0; rewrite lt_neqAle squared_norm_ge0 andbT eq_sym.
apply: contra w_neq0; rewrite psumr_eq0 => [|i _]; last by rewrite -expr2 sqr_ge0.
move=> /allP zero; apply/eqP/rowP => i; rewrite mxE; apply/eqP.
by have := zero i (mem_index_enum i); rewrite -expr2 sqrf_eq0.
Qed.

Lemma pythagoras u v : inner u v = 0 -> squared_norm (u + v) = squared_norm u + squared_norm v.
Proof.
move=> orthogonal; rewrite /squared_norm innerDr innerC innerDr orthogonal addr0.
by rewrite [inner (u + v) v]innerC innerDr [inner v u]innerC orthogonal add0r.
Qed.

(** Step 1: Eq. 7 is the least squared distance of z to the points of H. *)
Theorem squared_distance_is_least w (c mu : R) z :
  w != 0 ->
  (exists2 p, on_hyperplane w c mu p & squared_norm (z - p) = squared_distance w c mu z)
  /\ (forall z', on_hyperplane w c mu z' -> squared_distance w c mu z <= squared_norm (z - z')).
Proof.
move=> w_neq0; have g_gt0 := squared_norm_gt0 w_neq0.
have g_neq0 : squared_norm w != 0 by rewrite gt_eqF.
pose a := (inner w z + c - mu) / squared_norm w; pose p := z - a *: w.
have zp : z - p = a *: w by rewrite /p opprB addrC subrK.
have norm_zp : squared_norm (z - p) = squared_distance w c mu z.
  rewrite zp /squared_norm innerZr innerC innerZr -/(squared_norm w) /squared_distance /a.
  by field.
have on_p : on_hyperplane w c mu p.
  rewrite /on_hyperplane /p innerBr innerZr -/(squared_norm w) /a divfK //; ring.
split; first by exists p.
move=> z' on_z'; rewrite -norm_zp.
have -> : z - z' = (z - p) + (p - z') by rewrite addrA subrK.
have orthogonal : inner (z - p) (p - z') = 0.
  rewrite zp innerC innerZr innerC innerBr.
  by rewrite -[inner w p](addrK c) -[inner w z'](addrK c) on_p on_z' subrr mulr0.
by rewrite (pythagoras orthogonal) ler_addl squared_norm_ge0.
Qed.

End InnerProduct.

Section Mean.

Variables (R : realFieldType) (N : nat).
Implicit Types t u : 'I_N -> R.

Lemma eq_mean t u : t =1 u -> mean t = mean u.
Proof. by move=> eq_tu; congr (_ / _); apply: eq_bigr => n _. Qed.

Lemma meanD t u : mean (fun n => t n + u n) = mean t + mean u.
Proof. by rewrite /mean big_split mulrDl. Qed.

Lemma meanZ a t : mean (fun n => a * t n) = a * mean t.
Proof. by rewrite /mean -mulr_sumr mulrA. Qed.

Hypothesis N_gt0 : (0 < N)%N.

Lemma mean_constant (a : R) : mean (fun _ : 'I_N => a) = a.
Proof. by rewrite /mean sumr_const card_ord -(mulr_natr a) mulfK // pnatr_eq0 -lt0n. Qed.

(** Step 2. *)
Lemma mean_squared_deviation t (a : R) :
  mean (fun n => (t n - a) ^+ 2) = variance t + (a - mean t) ^+ 2.
Proof.
pose m := mean t.
have split n : (t n - a) ^+ 2 = (t n - m) ^+ 2 + (2%:R * (m - a) * (t n - m) + (a - m) ^+ 2).
  by ring.
have deviation0 : mean (fun n => t n - m) = 0 by rewrite meanD mean_constant subrr.
by rewrite (eq_mean split) meanD meanD meanZ deviation0 mulr0 add0r mean_constant.
Qed.

End Mean.

Section Theorem1.

Variables (R : realFieldType) (d K N : nat).
Variables (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : 'I_N -> 'rV[R]_d).

Local Notation L := (loss w c z).
Local Notation m := (batch_mean w c z).

(** A sum of squares with the weights 1 / ||w_k||^2. *)
Definition weighted (delta : 'rV[R]_K) : R := \sum_(k < K) delta 0 k ^+ 2 / squared_norm (w k).

Hypothesis N_gt0 : (0 < N)%N.
Hypothesis w_neq0 : forall k, w k != 0.

Lemma weighted_ge0 delta : 0 <= weighted delta.
Proof. by apply: sumr_ge0 => k _; rewrite divr_ge0 ?sqr_ge0 ?squared_norm_ge0. Qed.

(** Step 4. *)
Lemma weighted_gt0 delta : delta != 0 -> 0 < weighted delta.
Proof.
move=> delta_neq0; rewrite lt_neqAle weighted_ge0 andbT eq_sym.
apply: contra delta_neq0; rewrite psumr_eq0 => [|k _]; last first.
  by rewrite divr_ge0 ?sqr_ge0 ?squared_norm_ge0.
move=> /allP zero; apply/eqP/rowP => k; rewrite mxE; apply/eqP.
have := zero k (mem_index_enum k); rewrite mulf_eq0 sqrf_eq0 invr_eq0.
by rewrite (gt_eqF (squared_norm_gt0 (w_neq0 k))) orbF.
Qed.

(** Step 3. *)
Lemma loss_split mu :
  L mu = \sum_(k < K) variance (projection w c z k) / squared_norm (w k) + weighted (mu - m).
Proof.
rewrite -big_split; apply: eq_bigr => k _ /=; rewrite !mxE -mulrDl -mean_squared_deviation //.
by rewrite mulrC -meanZ; apply: eq_mean => n; rewrite mulrC.
Qed.

Lemma loss_at_mean : L m = \sum_(k < K) variance (projection w c z k) / squared_norm (w k).
Proof.
rewrite loss_split subrr [weighted 0]big1 ?addr0 // => k _.
by rewrite mxE expr0n mul0r.
Qed.

Lemma loss_excess mu : L mu = L m + weighted (mu - m).
Proof. by rewrite loss_split loss_at_mean. Qed.

(** Step 5. *)
Lemma convexity_gap mu nu (t : R) :
  t * L mu + (1 - t) * L nu
    = L (t *: mu + (1 - t) *: nu) + t * (1 - t) * weighted (mu - nu).
Proof.
rewrite !(loss_excess mu, loss_excess nu, loss_excess (_ + _)).
suff gap : t * weighted (mu - m) + (1 - t) * weighted (nu - m)
    = weighted (t *: mu + (1 - t) *: nu - m) + t * (1 - t) * weighted (mu - nu).
  by rewrite -addrA -gap; ring.
rewrite !mulr_sumr -!big_split; apply: eq_bigr => k _; rewrite !mxE /=.
by set g := (squared_norm _)^-1; ring.
Qed.

End Theorem1.

Theorem theorem_1 (R : realFieldType) (d K N : nat)
    (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : 'I_N -> 'rV[R]_d)
    (N_gt0 : (0 < N)%N) (w_neq0 : forall k, w k != 0) :
  let L := loss w c z in
  let m := batch_mean w c z in
  [/\ forall mu, L mu = L m + \sum_(k < K) (mu 0 k - m 0 k) ^+ 2 / squared_norm (w k),
      forall mu, (forall nu, L mu <= L nu) <-> mu = m,
      L m = \sum_(k < K) variance (projection w c z k) / squared_norm (w k)
    & forall mu nu t, mu != nu -> 0 < t < 1 ->
        L (t *: mu + (1 - t) *: nu) < t * L mu + (1 - t) * L nu].
Proof.
move=> L m; split=> [mu | mu | | mu nu t mu_neq_nu /andP[t_gt0 t_lt1]].
- rewrite [L mu]loss_excess //; congr (_ + _); apply: eq_bigr => k _.
  by rewrite mxE [(- batch_mean _ _ _) 0 k]mxE.
- split=> [least | -> nu]; last by rewrite [L nu]loss_excess // ler_addl weighted_ge0.
  apply/eqP; rewrite -subr_eq0; apply/negPn/negP => /(weighted_gt0 w_neq0).
  by rewrite ltNge -(ger_addl (L m)) -loss_excess // least.
- exact: loss_at_mean.
- rewrite convexity_gap // ltr_addl mulr_gt0 ?weighted_gt0 ?subr_eq0 //.
  by rewrite mulr_gt0 ?subr_gt0.
Qed.

(** The hypotheses can be met, for every d >= 1, K and N >= 1. *)
Example nonzero_rows (R : realFieldType) (d K : nat) :
  exists w : 'I_K -> 'rV[R]_d.+1, forall k, w k != 0.
Proof.
exists (fun _ => const_mx 1) => _; apply/eqP => /rowP/(_ 0); rewrite !mxE => /eqP.
by rewrite oner_eq0.
Qed.

(** Where w_k = 0 there is no hyperplane, and the quotient, 0 in mathcomp, knows of no offset: with
    all rows 0 every mu is a minimiser. *)
Lemma zero_rows (R : realFieldType) (d K N : nat) (c : 'I_K -> R) (z : 'I_N -> 'rV[R]_d) mu :
  loss (fun _ => 0) c z mu = 0.
Proof.
rewrite /loss big1 // => k _; rewrite /mean big1 ?mul0r // => n _.
rewrite /squared_distance /squared_norm [inner 0 0]big1 ?invr0 ?mulr0 // => i _.
by rewrite mxE mul0r.
Qed.

Print Assumptions squared_distance_is_least.
Print Assumptions theorem_1.

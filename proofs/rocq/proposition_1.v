(** gamma adds no functions: with gamma = 1 other weights, biases and beta make the same function
    on all of R^d (Proposition 1).

    The statement. A layer maps z to a(gamma_k (<w_k, z> + c_k - mu_k) / sigma_k + beta_k), or to
    a(<w_k, z> + c_k) where it is not normalised. For any network and any gamma and beta there is
    a network with the same widths, activations, normalised layers and eps, with gamma = 1, that
    is the same function. Where mu and sigma^2 are the mean and the variance plus eps of the
    projections over a batch, they are so in the other network too.

    Why it holds. Layer by layer, output k of the given network is g_k times that of the other,
    plus a constant r_k.
    1. The next layer's weights take g over, and its biases r, so its projections p are the same
       numbers ([absorb_before]).
    2. Let gamma = s g with a sign s and g = |gamma|. The unit gets the row and the bias of s p,
       with the location s mu and the same sigma: mean and variance of s p are s mean and the
       variance ([fitted_sign]). So u = (s p - s mu) / sigma gives the old pre-activation g u +
       beta.
    3. g > 0 and a bends at b alone, a(b) = k: let beta' = b + (beta - b) / g. Then g u + beta - b
       = g (u + beta' - b), so both pre-activations are on the same side of b, and a(g u + beta) =
       g a(u + beta') + (1 - g) k.
    4. g = 0: a(beta) is a constant. g = 1: nothing changes. Neither asks anything of a
       ([absorb]).
    5. The last layer passes nothing on, as it is not normalised, or has |gamma| = 1.

    What is general: any depth, widths, batch size, real field R, gamma and beta, and an
    activation for each layer with one bend (none is asked for where each |gamma| is 0 or 1). *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

Definition inner n (u v : 'rV[R]_n) : R := \sum_i u 0 i * v 0 i.

(** The statistics and parameters of a normalised layer of n units. *)
Record normalisation n := Normalisation {
  eps : 'I_n -> R; mu : 'I_n -> R; sigma : 'I_n -> R; gamma : 'I_n -> R; beta : 'I_n -> R }.

(** A network on R^d with n outputs: rows, biases, a normalisation or None, and an activation. *)
Inductive network (d : nat) : nat -> Type :=
  | Input : network d d
  | Layer m n (before : network d m) (w : 'I_n -> 'rV[R]_m) (c : 'I_n -> R)
      (norm : option (normalisation n)) (a : R -> R) : network d n.

Definition normalised n (norm : option (normalisation n)) (k : 'I_n) (p : R) : R :=
  if norm is Some s then gamma s k * (p - mu s k) / sigma s k + beta s k else p.

Fixpoint output d n (net : network d n) (x : 'rV[R]_d) : 'rV[R]_n :=
  match net with
  | Input => x
  | Layer _ _ before w c norm a =>
      \row_k a (normalised norm k (inner (w k) (output before x) + c k))
  end.

(** The width of each layer, the eps of its units or None where it is not normalised, and its
    activation. *)
Fixpoint shape d n (net : network d n) : seq (nat * option (seq R) * (R -> R)) :=
  match net with
  | Input => [::]
  | Layer _ n before _ _ norm a => rcons (shape before) (n, omap (fun s => codom (eps s)) norm, a)
  end.

Fixpoint gamma_one d n (net : network d n) : Prop :=
  match net with
  | Input => True
  | Layer _ _ before _ _ norm _ =>
      gamma_one before /\ if norm is Some s then forall k, gamma s k = 1 else True
  end.

(** Mean and biased variance over a batch (Eq. 3), and a network whose statistics are those of its
    projections over the batch. *)
Definition mean N (t : 'I_N -> R) : R := (\sum_n t n) / N%:R.

Definition variance N (t : 'I_N -> R) : R := mean (fun n => (t n - mean t) ^+ 2).

Definition fits n N (s : normalisation n) (k : 'I_n) (p : 'I_N -> R) : Prop :=
  [/\ mu s k = mean p, 0 < sigma s k & sigma s k ^+ 2 = variance p + eps s k].

Fixpoint fitted N d (batch : 'I_N -> 'rV[R]_d) n (net : network d n) : Prop :=
  match net with
  | Input => True
  | Layer _ _ before w c norm _ => fitted batch before /\
      if norm is Some s
      then forall k, fits s k (fun n => inner (w k) (output before (batch n)) + c k)
      else True
  end.

(** The activation changes its slope at one point b at most. *)
Definition one_bend (a : R -> R) : Prop :=
  exists b k left right, (forall t, t <= b -> a t = k + left * (t - b))
    /\ (forall t, b <= t -> a t = k + right * (t - b)).

(** Every normalised layer has an activation with one bend, unless each |gamma| there is 0 or 1. *)
Fixpoint one_bend_or_unscaled d n (net : network d n) : Prop :=
  match net with
  | Input => True
  | Layer _ _ before _ _ norm a => one_bend_or_unscaled before /\
      if norm is Some s then one_bend a \/ forall k, `|gamma s k| = 0 \/ `|gamma s k| = 1
      else True
  end.

(** The last layer is not normalised, unless each |gamma| there is 1. *)
Definition linear_output d n (net : network d n) : Prop :=
  if net is Layer _ _ _ _ _ (Some s) _ then forall k, `|gamma s k| = 1 else True.

End Definitions.

Section Absorb.

Variable R : realFieldType.

(** One unit: the factor h and the constant r that are left for the next layer. *)
Lemma absorb (a : R -> R) (g b0 : R) : 0 <= g -> one_bend a \/ g = 0 \/ g = 1 ->
  exists unit : R * R * R, let: (b1, h, r) := unit in
  (g = 1 -> h = 1 /\ r = 0) /\ forall u, a (g * u + b0) = h * a (u + b1) + r.
Proof.
move=> g_ge0 bends; have [-> | g_neq1] := eqVneq g 1.
  by exists (b0, 1, 0); split=> // u; rewrite !mul1r addr0.
have [g0 | g_neq0] := eqVneq g 0.
  by exists (0, 0, a b0); split=> [/eqP | u]; rewrite ?(negPf g_neq1) // g0 !mul0r !add0r.
have [b [k [left [right [below above]]]]] : one_bend a.
  by case: bends => // -[] /eqP; rewrite ?(negPf g_neq0) ?(negPf g_neq1).
exists (b + (b0 - b) / g, g, (1 - g) * k); split=> [/eqP | u]; first by rewrite (negPf g_neq1).
set v := g * u + b0; set v' := u + _; have moved : v - b = g * (v' - b).
  have -> : v' - b = u + (b0 - b) / g by rewrite /v' [b + _]addrC addrA addrK.
  by rewrite mulrDr (mulrC g (_ / g)) divfK // addrA.
have g_gt0 : 0 < g by rewrite lt_def g_neq0.
have side : (v <= b) = (v' <= b) by rewrite -subr_le0 moved pmulr_rle0 // subr_le0.
have side' : (b <= v) = (b <= v') by rewrite -subr_ge0 moved pmulr_rge0 // subr_ge0.
have [v_le | /ltW v_ge] := leP v b.
  by rewrite !below -?side // moved; ring.
by rewrite !above -?side' // moved; ring.
Qed.

Lemma mean_equal N (p p' : 'I_N -> R) : p =1 p' -> mean p = mean p'.
Proof. by move=> eq; rewrite /mean (eq_bigr p'). Qed.

Lemma variance_equal N (p p' : 'I_N -> R) : p =1 p' -> variance p = variance p'.
Proof. by move=> eq; apply: mean_equal => j; rewrite (mean_equal eq) eq. Qed.

(** The sign s of a projection turns its mean, and leaves its variance. *)
Lemma fitted_sign N (p : 'I_N -> R) (s : R) : s ^+ 2 = 1 ->
  mean (fun n => s * p n) = s * mean p /\ variance (fun n => s * p n) = variance p.
Proof.
move=> s2; have meanE : mean (fun n => s * p n) = s * mean p by rewrite /mean -mulr_sumr mulrA.
split=> //; rewrite /variance meanE /mean; congr (_ / _); apply: eq_bigr => n _.
by rewrite -mulrBr exprMn s2 mul1r.
Qed.

(** The next layer's weights and biases take over the factors and constants. *)
Lemma absorb_before m (w z z' : 'rV[R]_m) (g r : 'I_m -> R) :
  (forall i, z 0 i = g i * z' 0 i + r i) ->
  inner w z = inner (\row_i (w 0 i * g i)) z' + \sum_i w 0 i * r i.
Proof.
move=> zE; rewrite /inner -big_split; apply: eq_bigr => i _.
by rewrite zE mxE mulrDr mulrA.
Qed.

Definition sign (t : R) : R := if t < 0 then - 1 else 1.

Lemma sign_norm t : t = `|t| * sign t.
Proof.
rewrite /sign; case: ltP => [t_lt0 | t_ge0]; first by rewrite ltr0_norm // mulrN1 opprK.
by rewrite ger0_norm ?mulr1.
Qed.

Lemma sign_square t : sign t ^+ 2 = 1.
Proof. by rewrite /sign; case: ifP => _; rewrite ?sqrrN expr1n. Qed.

(** The induction: what is left over after each layer. *)
Lemma absorbed d n (net : network R d n) : one_bend_or_unscaled net ->
  exists (net' : network R d n) (g r : 'I_n -> R),
  [/\ shape net' = shape net, gamma_one net',
      forall N (batch : 'I_N -> 'rV[R]_d), fitted batch net -> fitted batch net',
      linear_output net -> forall k, g k = 1 /\ r k = 0
    & forall x k, output net x 0 k = g k * output net' x 0 k + r k].
Proof.
elim: net => [_ | m n' before IH w c norm a [/IH]].
  exists (Input R d), (fun=> 1), (fun=> 0); split=> // x k; by rewrite mul1r addr0.
move=> [before' [g [r [shapeE ones fit _ outE]]]].
pose w0 k := \row_i (w k 0 i * g i); pose c0 k := \sum_i w k 0 i * r i + c k.
have projection k x :
    inner (w k) (output before x) + c k = inner (w0 k) (output before' x) + c0 k.
  by rewrite (absorb_before _ (outE x)) addrA.
case: norm => [s bends | _]; last first.
  exists (Layer before' w0 c0 None a), (fun=> 1), (fun=> 0); split=> //=.
  - by rewrite shapeE.
  - by move=> N batch [/fit].
  by move=> x k; rewrite !mxE mul1r addr0 projection.
have unit k : one_bend a \/ `|gamma s k| = 0 \/ `|gamma s k| = 1.
  by case: bends => [|/(_ k)]; [left | right].
have /fin_all_exists [parts partsE] k := absorb (beta s k) (normr_ge0 _) (unit k).
pose t k := sign (gamma s k).
pose w1 k := t k *: w0 k; pose c1 k := t k * c0 k.
have turned k x : inner (w1 k) (output before' x) + c1 k
    = t k * (inner (w k) (output before x) + c k).
  rewrite projection mulrDr; congr (_ + _); rewrite /inner mulr_sumr.
  by apply: eq_bigr => i _; rewrite mxE mulrA.
pose s1 := Normalisation (eps s) (fun k => t k * mu s k) (sigma s) (fun=> 1)
  (fun k => (parts k).1.1).
exists (Layer before' w1 c1 (Some s1) a), (fun k => (parts k).1.2), (fun k => (parts k).2).
split=> //=.
- by rewrite shapeE.
- move=> N batch [/fit fit' fits_k]; split=> // k; have [muE sigma_gt0 sigmaE] := fits_k k.
  have [meanE varianceE] := fitted_sign
    (fun n => inner (w k) (output before (batch n)) + c k) (sign_square (gamma s k)).
  split=> //=; first by rewrite muE -meanE; apply: mean_equal => j; rewrite turned.
  by rewrite sigmaE -varianceE; congr (_ + _); apply: variance_equal => j; rewrite turned.
- by move=> unscaled k; have := partsE k; case: (parts k) => [[b1 h] r1] [/(_ (unscaled k))].
move=> x k; rewrite !mxE /= turned; have := partsE k.
case: (parts k) => [[b1 h] r1] [_ aE] /=; rewrite -aE; congr a; congr (_ + _).
by rewrite {1}(sign_norm (gamma s k)) -/(t k); ring.
Qed.

(** ReLU, leaky ReLU and the absolute value (eta = 0, between, -1) have one bend. *)
Example leaky_relu_bends_once (eta : R) : one_bend (fun t => if 0 <= t then t else eta * t).
Proof.
exists 0, 0, eta, 1; split=> t; rewrite add0r subr0; last by move=> ->; rewrite mul1r.
move=> t_le0; case: ifP => // t_ge0.
by have -> : t = 0; [apply/le_anti/andP | rewrite mulr0].
Qed.

End Absorb.

(** Without 'a linear last layer' it fails: a normalised last layer with gamma = 1 has outputs of
    variance at most 1 over its batch, whatever the rows, and with gamma = 2 the batch {1, -1} is
    sent to {2, -2}, of variance 4. *)

Section LinearOutput.

Variable R : realFieldType.

Lemma variance_affine N (p : 'I_N.+1 -> R) (q r : R) :
  variance (fun j => q * p j + r) = q ^+ 2 * variance p.
Proof.
have meanE : mean (fun j => q * p j + r) = q * mean p + r.
  rewrite /mean big_split -mulr_sumr sumr_const card_ord /= mulrDl mulrA -[r *+ _]mulr_natr.
  by rewrite mulfK // pnatr_eq0.
rewrite /variance meanE {1 3}/mean mulrA mulr_sumr; congr (_ / _).
by apply: eq_bigr => j _; ring.
Qed.

Lemma normalised_output d n (net : network R d n) layers e N (batch : 'I_N.+1 -> 'rV[R]_d) k :
  shape net = rcons layers (n, Some e, id) -> all (fun x => 0 <= x) e -> gamma_one net -> fitted batch net ->
  variance (fun j => output net (batch j) 0 k) <= 1.
Proof.
case: net k => [k | m n' before w c norm a k] /=; first by case: layers.
move=> /rcons_inj[_]; case: norm => [s | //] /= [eE aE] /allP e_ge0 [_ ones] [_ /(_ k)].
set p := fun j : 'I_N.+1 => inner _ _ + _; move=> [_ sigma_gt0 sigmaE].
rewrite (@variance_equal _ _ _ (fun j => (sigma s k)^-1 * p j + (beta s k - mu s k / sigma s k))).
  rewrite variance_affine exprVn mulrC ler_pdivr_mulr ?exprn_gt0 // mul1r sigmaE ler_addl.
  by apply: e_ge0; rewrite -eE codom_f.
by move=> j; rewrite mxE aE ones -/(p j) /=; ring.
Qed.

Definition point (t : R) : 'rV[R]_1 := const_mx t.

Definition doubled : network R 1 1 :=
  let s := Normalisation (fun=> 0) (fun=> 0) (fun=> 1) (fun=> 2%:R) (fun=> 0) in
  Layer (Input R 1) (fun=> point 1) (fun=> 0) (Some s) id.

Lemma pair_statistics (p := fun j : 'I_2 => (-1) ^+ j : R) : mean p = 0 /\ variance p = 1.
Proof.
have mean_pair (q : 'I_2 -> R) : mean q = (q ord0 + q ord_max) / 2%:R.
  by rewrite /mean big_ord_recl big_ord1 (_ : lift ord0 ord0 = ord_max) //; apply/val_inj.
have zero : mean p = 0 by rewrite mean_pair /p /= expr1 subrr mul0r.
split=> //; rewrite /variance zero mean_pair /p /= expr1 !subr0 sqrrN expr1n.
by rewrite -(natrD _ 1 1) divff // pnatr_eq0.
Qed.

Example linear_output_needed (batch := fun j : 'I_2 => point ((-1) ^+ j)) :
  [/\ one_bend_or_unscaled doubled, fitted batch doubled
    & forall net' : network R 1 1, shape net' = shape doubled -> gamma_one net' ->
        fitted batch net' -> ~ (forall x, output net' x = output doubled x)].
Proof.
have projection x : inner (point 1) x + 0 = x 0 0.
  by rewrite /inner big_ord1 mxE mul1r addr0.
have [mean0 variance1] := pair_statistics.
have pE (k : 'I_1) : (fun j => inner (point 1) (batch j) + 0) =1 (fun j => (-1) ^+ j).
  by move=> j; rewrite projection mxE.
split=> /=.
- by split=> //; left; exists 0, 0, 1, 1; split=> t _; rewrite add0r mul1r subr0.
- split=> // k; split=> //=; rewrite ?ltr01 ?(mean_equal (pE k)) ?(variance_equal (pE k)) //.
  by rewrite variance1 expr1n addr0.
move=> net' shapeE ones fit same.
have eps_ge0 : all (fun x : R => 0 <= x) (codom (fun _ : 'I_1 => 0 : R)).
  by apply/allP => x /codomP[? ->].
have := normalised_output (layers := [::]) ord0 shapeE eps_ge0 ones fit.
rewrite (@variance_equal _ _ _ (fun j => 2%:R * (-1) ^+ j + 0)) => [|j]; last first.
  by rewrite same mxE /= projection mxE subr0 divr1.
by rewrite variance_affine variance1 mulr1 -natrX lern1.
Qed.

End LinearOutput.

Theorem proposition_1 (R : realFieldType) d n (net : network R d n)
    (bends : one_bend_or_unscaled net)
    (output_linear : linear_output net) :
  exists net' : network R d n,
  [/\ shape net' = shape net,
      gamma_one net',
      forall N (batch : 'I_N -> 'rV[R]_d), fitted batch net -> fitted batch net'
    & forall x, output net' x = output net x].
Proof.
have [net' [g [r [shapeE ones fit passed outE]]]] := absorbed bends.
exists net'; split=> // x; apply/rowP => k; rewrite outE.
by have [-> ->] := passed output_linear k; rewrite mul1r addr0.
Qed.

Print Assumptions proposition_1.
